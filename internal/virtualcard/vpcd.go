package virtualcard

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
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
// pulled. In a slot that is a Unix socket, a reader's own, it stays where the
// reader ends, and is there for the next one.
type Insertion struct {
	card      Player
	done      chan struct{}
	disturbed atomic.Bool // another card is in the field too

	mu     sync.Mutex
	conn   net.Conn // nil while its reader is away; guarded by mu
	pulled bool     // guarded by mu
}

// Insert puts a card into the slot at addr (host:port), trying again until
// ctx ends. The card belongs to the insertion until it is done.
func Insert(ctx context.Context, addr string, card *Card) (*Insertion, error) {
	return insert(ctx, addr, card)
}

// InsertPlayer is Insert for what is a card of another kind.
func InsertPlayer(ctx context.Context, addr string, card Player) (*Insertion, error) {
	return insert(ctx, addr, card)
}

func insert(ctx context.Context, addr string, card Player) (*Insertion, error) {
	i := &Insertion{card: card, done: make(chan struct{})}
	if _, stays := unixSlot(addr); !stays {
		conn, err := dial(ctx, addr)
		if err != nil {
			return nil, fmt.Errorf("inserting a card: %w", err)
		}
		i.conn = withQuickACK(conn)
	}
	card.Reset()
	go i.live(addr)
	return i, nil
}

// unixSlot is the socket of a slot that is a reader's own.
func unixSlot(addr string) (path string, is bool) { return strings.CutPrefix(addr, "unix:") }

func dial(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	network := "tcp"
	if path, is := unixSlot(addr); is {
		network, addr = "unix", path
	}
	for {
		conn, err := d.DialContext(ctx, network, addr)
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
	i.mu.Lock()
	i.pulled = true
	if i.conn != nil {
		_ = i.conn.Close()
	}
	i.mu.Unlock()
	<-i.done
}

// live serves one reader, and its successors where the card outlives it.
func (i *Insertion) live(addr string) {
	defer close(i.done)
	conn := i.conn
	_, stays := unixSlot(addr)
	for {
		if conn == nil {
			if conn = i.next(addr); conn == nil {
				return
			}
			i.card.Reset()
		}
		left := i.serve(conn)
		_ = conn.Close()
		if left || !stays {
			return
		}
		conn = nil
	}
}

// next waits for a reader; nil where the card was pulled.
func (i *Insertion) next(addr string) net.Conn {
	for i.hold(nil) {
		ctx, cancel := context.WithTimeout(context.Background(), dialEvery)
		conn, err := dial(ctx, addr)
		cancel()
		if err == nil && i.hold(conn) {
			return conn
		}
	}
	return nil
}

// hold keeps the connection for Pull, unless that was called; then it is closed.
func (i *Insertion) hold(conn net.Conn) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.conn = conn; i.pulled && conn != nil {
		_ = conn.Close()
	}
	return !i.pulled
}

// disturb lets the card's answers reach the reader no more.
func (i *Insertion) disturb() { i.disturbed.Store(true) }

// Done is closed when the card has left, by Pull, by a fault of its profile
// or because the reader ended.
func (i *Insertion) Done() <-chan struct{} { return i.done }

// serve answers one reader, and reports whether the card has left by itself.
func (i *Insertion) serve(conn net.Conn) (left bool) {
	buf := make([]byte, 2+0xFFFF)
	for {
		n, err := readFrame(conn, buf)
		if err != nil {
			return false
		}
		out, stay := i.handle(buf[:n])
		clear(buf[:n])
		if out != nil && writeFrame(conn, out) != nil {
			return !stay
		}
		if !stay {
			return true
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
