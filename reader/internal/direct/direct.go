// Package direct reaches virtual cards over Unix sockets of the reader's own, in the
// place of pcscd: what takes PC/SC some 200 ms to notice is there at once. It is for
// tests that make sales by the thousand. Only the reader's main may import it, behind
// a flag that names it; nothing turns it on by itself.
//
// A card is a connection to slot.sock or field.sock, and speaks as it does to vpcd:
// a length of two bytes, big endian, and a command, its answer or one byte of control
// (01 power on, 02 reset, 04 get ATR, which is answered). Connected is present, closed
// is pulled. Who may open the sockets, mode 0600, may put a card in, as who holds one
// before a real slot may.
//
// Like package pcsc it holds card data for the length of one exchange, never a PIN or
// a key, and no error of it quotes a command or an answer. Any error ends a session.
package direct

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// Names of the two slots, and of their sockets without ".sock".
const (
	Slot  = "slot"
	Field = "field"
)

// ErrNoCard: the slot is empty.
var ErrNoCard = errors.New("direct: there is no card in the slot")

// Cards are the two slots below a directory.
type Cards struct {
	dir string

	mu   sync.Mutex
	here map[string]*card // by slot; guarded by mu
}

// New takes the directory for the sockets, which Watch makes.
func New(dir string) *Cards { return &Cards{dir: dir, here: map[string]*card{}} }

// An Event is a change in one slot.
type Event struct {
	Slot    string
	Present bool
}

// Watch tells of cards that come and go until ctx ends (its error) or a socket fails.
// It begins with the slots, which are empty.
func (c *Cards) Watch(ctx context.Context, tell func(Event)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var watching sync.WaitGroup
	defer watching.Wait()
	var one sync.Mutex // tell is called by one at a time
	for _, slot := range []string{Slot, Field} {
		l, err := c.listen(slot)
		if err != nil {
			return err
		}
		context.AfterFunc(ctx, func() { _ = l.Close() })
		tell(Event{Slot: slot})
		watching.Go(func() {
			cancel(c.serve(ctx, slot, l, func(e Event) {
				one.Lock()
				defer one.Unlock()
				tell(e)
			}))
		})
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

func (c *Cards) listen(slot string) (net.Listener, error) {
	path := filepath.Join(c.dir, slot+".sock")
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path) //nolint:noctx // closed with the context
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// serve takes one card after the other.
func (c *Cards) serve(ctx context.Context, slot string, l net.Listener, tell func(Event)) error {
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		c.present(ctx, slot, conn, tell)
	}
}

// present is a card's time in the slot.
func (c *Cards) present(ctx context.Context, slot string, conn net.Conn, tell func(Event)) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	now, err := powerOn(conn)
	if err != nil {
		return // gone before it answered
	}
	c.put(slot, now)
	tell(Event{Slot: slot, Present: true})
	now.listen()
	c.put(slot, nil)
	tell(Event{Slot: slot})
}

func (c *Cards) put(slot string, now *card) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.here[slot] = now
}

// Open begins a session with the card in a slot, which is reset.
func (c *Cards) Open(_ context.Context, slot string) (iso7816.Conn, error) {
	c.mu.Lock()
	now := c.here[slot]
	c.mu.Unlock()
	if now == nil {
		return nil, ErrNoCard
	}
	return now.open()
}
