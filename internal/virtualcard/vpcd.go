package virtualcard

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// Control messages of vpcd: 2-byte big-endian length, then one byte.
const (
	vpcdPowerOff = 0x00
	vpcdPowerOn  = 0x01
	vpcdReset    = 0x02
	vpcdATR      = 0x04 // also the presence poll, every 400 ms
)

// dialEvery is how often an insertion tries a vpcd that is not up yet.
const dialEvery = 20 * time.Millisecond

// An Insertion is a card in a vpcd slot: connected is present, closed is
// pulled.
type Insertion struct {
	card      Player
	conn      net.Conn
	done      chan struct{}
	disturbed atomic.Bool // another card is in the field too
}

// Insert puts a card into the slot at addr (host:port), trying again until
// ctx ends. The card belongs to the insertion until it is done.
func Insert(ctx context.Context, addr string, card *Card) (*Insertion, error) {
	return insert(ctx, addr, card)
}

func insert(ctx context.Context, addr string, card Player) (*Insertion, error) {
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("inserting a card: %w", err)
	}
	i := &Insertion{card: card, conn: withQuickACK(conn), done: make(chan struct{})}
	card.Reset()
	go i.serve()
	return i, nil
}

func dial(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(dialEvery):
		}
	}
}

// Pull takes the card out and waits until it is.
func (i *Insertion) Pull() {
	_ = i.conn.Close()
	<-i.done
}

// disturb lets the card's answers reach the reader no more.
func (i *Insertion) disturb() { i.disturbed.Store(true) }

// Done is closed when the card has left, by Pull, by a fault of its profile
// or because the reader ended.
func (i *Insertion) Done() <-chan struct{} { return i.done }

func (i *Insertion) serve() {
	defer close(i.done)
	defer i.conn.Close()
	buf := make([]byte, 2+0xFFFF)
	for {
		n, err := readFrame(i.conn, buf)
		if err != nil {
			return
		}
		out, stay := i.handle(buf[:n])
		clear(buf[:n])
		if out != nil && writeFrame(i.conn, out) != nil || !stay {
			return
		}
	}
}

func (i *Insertion) handle(m []byte) (out []byte, stay bool) {
	if len(m) == 1 {
		switch m[0] {
		case vpcdPowerOn, vpcdReset:
			i.card.Reset()
			return nil, true
		case vpcdPowerOff:
			return nil, true
		case vpcdATR:
			return i.card.ATR(), true
		}
	}
	if len(m) < 4 { // not a command: an answer frees whoever waits for one
		return status(0x6700), true
	}
	if i.disturbed.Load() { // one byte: vpcd waits for some answer, and this is none
		return []byte{0x00}, true
	}
	out, effect := i.card.Do(m)
	return out, effect != EffectTear && effect != EffectLeave
}

func readFrame(r io.Reader, buf []byte) (int, error) {
	if _, err := io.ReadFull(r, buf[:2]); err != nil {
		return 0, err
	}
	n := int(binary.BigEndian.Uint16(buf))
	_, err := io.ReadFull(r, buf[:n])
	return n, err
}

// writeFrame sends length and payload in one Write, for the reason of quickACK.
func writeFrame(w io.Writer, b []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
	return err
}
