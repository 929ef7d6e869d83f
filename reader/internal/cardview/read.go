package cardview

import (
	"context"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Names of the payment system environments.
const (
	pse  = "1PAY.SYS.DDF01"
	ppse = "2PAY.SYS.DDF01"
)

// Read looks at both directories of a card and at each application in them: its
// FCI, its answer to GET PROCESSING OPTIONS, its records. Where there is no
// directory, the applications of cfg are tried. The card counts one transaction
// for each application; no cryptogram of money is asked for, the amount is
// zero. A card that leaves ends it with what was read, and the error.
func Read(ctx context.Context, conn iso7816.Conn, cfg emv.Config) (*View, error) {
	r := &reading{recorder: recorder{link: iso7816.NewLink(conn)}}
	err := r.all(ctx, cfg)
	return newView(r.exchanges, ""), err
}

type reading struct {
	recorder
	names [][]byte // of the applications that were found
}

func (r *reading) all(ctx context.Context, cfg emv.Config) error {
	if err := r.directories(ctx); err != nil {
		return err
	}
	if len(r.names) == 0 {
		for _, a := range cfg.Applications {
			r.found(a.AID)
		}
	}
	for _, name := range r.names {
		if err := r.application(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) found(name []byte) {
	for _, n := range r.names {
		if string(n) == string(name) {
			return
		}
	}
	if len(r.names) < maxApplications && len(name) >= 5 && len(name) <= 16 {
		r.names = append(r.names, name)
	}
}

// ask sends a command and takes the answer apart; nil where it is not 9000.
func (r *reading) ask(ctx context.Context, c iso7816.Command) (tlv.List, error) {
	capdu, err := c.Append(nil)
	if err != nil {
		return nil, err
	}
	answer, err := r.send(ctx, capdu)
	if err != nil {
		return nil, err
	}
	body, status := splitAnswer(answer)
	if string(status) != "\x90\x00" {
		return nil, nil
	}
	l, _ := parts(capdu, body)
	return l, nil
}

func (r *reading) selectName(ctx context.Context, name []byte) (tlv.List, error) {
	return r.ask(ctx, iso7816.Command{INS: insSelect, P1: 0x04, Data: name, Expect: iso7816.ExpectAll})
}

func (r *reading) record(ctx context.Context, sfi, number byte) (tlv.List, error) {
	return r.ask(ctx, iso7816.Command{INS: insReadRecord, P1: number, P2: sfi<<3 | 0x04, Expect: iso7816.ExpectAll})
}

func (r *reading) directories(ctx context.Context) error {
	l, err := r.selectName(ctx, []byte(ppse))
	if err != nil {
		return err
	}
	r.entries(l)
	if l, err = r.selectName(ctx, []byte(pse)); err != nil {
		return err
	}
	sfi, ok := l.Find(0x88)
	if !ok || len(sfi) != 1 || sfi[0] < 1 || sfi[0] > 10 {
		return nil
	}
	for n := byte(1); n <= maxDirectory; n++ {
		if l, err = r.record(ctx, sfi[0], n); err != nil || l == nil {
			return err
		}
		r.entries(l)
	}
	return nil
}

// entries takes every application name of a directory.
func (r *reading) entries(l tlv.List) {
	l.Primitives(func(e tlv.Element) bool {
		if e.Tag == 0x4F {
			r.found(e.Value)
		}
		return true
	})
}

func (r *reading) application(ctx context.Context, name []byte) error {
	l, err := r.selectName(ctx, name)
	if err != nil || l == nil {
		return err
	}
	raw, _ := l.Find(0x9F38)
	list, err := tlv.ParseDOL(raw)
	if err != nil {
		return nil // the FCI shows what is wrong with it
	}
	data, err := list.Build(nil, onlooker)
	if err != nil {
		return nil
	}
	l, err = r.ask(ctx, iso7816.Command{
		CLA: 0x80, INS: insProcessingOptions, Data: tlv.Append(nil, 0x83, data), Expect: iso7816.ExpectAll,
	})
	if err != nil {
		return err
	}
	afl, _ := l.Find(0x94)
	return r.records(ctx, afl)
}

// onlooker are the terminal's data of somebody who only looks: contactless chip
// data are wanted, and zeros for everything else.
func onlooker(tag tlv.Tag) ([]byte, bool) {
	switch tag {
	case 0x9F66:
		return []byte{0x36, 0x80, 0x40, 0x00}, true
	case 0x9A:
		return []byte{0x26, 0x01, 0x01}, true
	}
	return nil, false
}

func (r *reading) records(ctx context.Context, afl []byte) error {
	for left := maxRecords; len(afl) >= 4; afl = afl[4:] {
		sfi := afl[0] >> 3
		for n := int(afl[1]); sfi >= 1 && sfi <= 30 && n >= 1 && n <= int(afl[2]) && left > 0; n++ {
			if _, err := r.record(ctx, sfi, byte(n)); err != nil {
				return err
			}
			left--
		}
	}
	return nil
}
