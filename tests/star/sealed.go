package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/bustest"
	"github.com/strongroom-pos/strongroom/secureworld/element/group"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// card is an element that knows one operation, does one at a time, and takes as long as
// a payment card.
type card struct {
	element.Operations // nil: no other verb is offered
	delay              func(uint64) time.Duration
	late               *lateness // of all cards

	mu sync.Mutex // held while it works
	n  uint64     // operations; guarded by mu
}

func (c *card) PANReference(r element.PANReference) (out element.Reference, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	delay, began := c.delay(c.n), time.Now()
	time.Sleep(delay)
	c.late.note(delay, time.Since(began))
	copy(out.Reference[:], r.PAN)
	return out, nil
}

const cardVerbs = 1 << element.KindPANReference

// within reaches a member in this process.
type within struct{ member *group.Member }

func (w within) Do(_ context.Context, kind byte, body []byte) (byte, []byte, error) {
	out := w.member.Handle(nil, kind, body)
	return out[0], out[1:], nil
}

// estate is the crew of the whole protocol: members that agreed on a secret, an MCU
// that compares their answers, and a client that verifies both. It is what they are
// certified by.
type estate struct {
	folder             string
	manufacturer, runs *authority.Authority
	count              atomic.Int64
	late               lateness
}

func newEstate() (*estate, error) {
	folder, err := os.MkdirTemp("", "star")
	if err != nil {
		return nil, err
	}
	e := &estate{folder: folder}
	var errs [2]error
	e.manufacturer, errs[0] = authority.New("manufacturer")
	e.runs, errs[1] = authority.New("operator")
	return e, errors.Join(errs[:]...)
}

func (e *estate) close() { _ = os.RemoveAll(e.folder) }

// path is a new folder's.
func (e *estate) path() string { return filepath.Join(e.folder, fmt.Sprint(e.count.Add(1))) }

// member is a card of that make; the same seed makes one of the same times.
func (e *estate) member(model string, seed uint64, scale int) (*group.Member, error) {
	folder := e.path()
	if err := authority.WriteElement(folder, filepath.Base(folder), model, e.manufacturer, e.runs); err != nil {
		return nil, err
	}
	who, err := identity.LoadElement(folder)
	if err != nil {
		return nil, err
	}
	c := &card{delay: bustest.SmartCard(seed, scale), late: &e.late}
	return group.NewMember(group.Config{Identity: who, Make: model, Verbs: cardVerbs, Operations: c})
}

// overseer is the MCU of three cards.
func (e *estate) overseer(branch string, i, scale int) (bus.Overseer, func(context.Context) error, error) {
	o, err := e.mcu(branch, i, scale)
	if err != nil {
		return nil, nil, err
	}
	return o, o.Run, nil
}

func (e *estate) mcu(branch string, number, scale int) (*overseer.Overseer, error) {
	folder := e.path()
	if err := authority.WriteMCU(folder, "mcu", e.manufacturer, e.runs); err != nil {
		return nil, err
	}
	who, err := identity.LoadMCU(folder)
	if err != nil {
		return nil, err
	}
	c := overseer.Config{Group: groupName(number), Branch: branch, Mode: door.ModeQuorum, Policy: 1, Certificate: who.Certificate}
	if c.Authorities.Manufacturer, err = x509.ParseCertificate(e.manufacturer.Certificate()); err != nil {
		return nil, err
	}
	if c.Authorities.Operator, err = x509.ParseCertificate(e.runs.Certificate()); err != nil {
		return nil, err
	}
	for i, model := range []string{"stdlib", "gcrypt", "nettle"} {
		m, err := e.member(model, uint64(number*door.MaxMembers+i), scale)
		if err != nil {
			return nil, err
		}
		c.Members = append(c.Members, within{m})
	}
	return overseer.New(c)
}

// sealed is a client that trusts no MCU.
type sealed struct{ pool *pool.Client }

func (e *estate) client(name string, d *bus.Directory) (asker, func(), error) {
	folder := e.path()
	if err := authority.WriteClient(folder, name, e.manufacturer, e.runs); err != nil {
		return nil, nil, err
	}
	who, err := identity.LoadClient(folder)
	if err != nil {
		return nil, nil, err
	}
	p, err := pool.NewClient(pool.Config{Identity: who, Groups: func() []pool.Carrier { return carriers(d) }, Makes: 3, Patience: patience, GiveUp: patience})
	if err != nil {
		return nil, nil, err
	}
	return &sealed{p}, p.Close, nil
}

func carriers(d *bus.Directory) (list []pool.Carrier) {
	for _, c := range d.Carriers() {
		list = append(list, c)
	}
	return list
}

// Ask asks for the reference of a test PAN, which a card here gives back as it is.
func (c *sealed) Ask(ctx context.Context) error {
	r, err := c.pool.PANReference(ctx, element.PANReference{PAN: []byte("4761739001010010")})
	if err == nil && string(r.Reference[:16]) != "4761739001010010" {
		return bustest.ErrAnswer
	}
	return err
}

// Retries counts questions that had to be asked again.
func (c *sealed) Retries() uint64 { return c.pool.Counts().Retried }

// Repeated counts those that had to be asked again more than once.
func (c *sealed) Repeated() uint64 { return c.pool.Counts().Repeated }
