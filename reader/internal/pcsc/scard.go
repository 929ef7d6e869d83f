//go:build cgo && linux

package pcsc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebfe/scard"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// stuck counts workers whose sessions were closed and that a card still
// holds. It is a property of the process, like the threads that they occupy.
var stuck atomic.Int64

// Stuck is how many cards hold a worker that nobody waits for any more.
func Stuck() int { return int(stuck.Load()) }

type answer struct {
	b   []byte
	err error
}

// conn is one card session: one context and one handle, owned by one worker.
type conn struct {
	sc       *scard.Context
	card     *scard.Card
	atr      []byte
	protocol iso7816.Protocol

	mu      sync.Mutex // held for one exchange
	req     chan []byte
	rsp     chan answer
	dead    chan struct{} // closed at the first error or by Close
	once    sync.Once     // closes dead
	stopped chan struct{} // closed when the worker has let go
}

// Open connects to the card in a reader, exclusively. The session must be
// closed. Where ctx ends first, whatever still comes is closed unseen.
func Open(ctx context.Context, reader string) (iso7816.Conn, error) {
	type result struct {
		c   *conn
		err error
	}
	ready := make(chan result)
	go func() { // ends with pcscd's answer; a late session is closed here
		c, err := connect(reader)
		select {
		case ready <- result{c, err}:
		case <-ctx.Done():
			if err == nil {
				_ = c.Close()
			}
		}
	}()
	select {
	case r := <-ready:
		if r.err != nil {
			return nil, fmt.Errorf("pcsc: connecting to the card: %w", r.err)
		}
		return r.c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("pcsc: connecting to the card: %w", ctx.Err())
	}
}

func connect(reader string) (*conn, error) {
	sc, err := scard.EstablishContext()
	if err != nil {
		return nil, err
	}
	card, err := sc.Connect(reader, scard.ShareExclusive, scard.ProtocolAny)
	if err != nil {
		_ = sc.Release()
		return nil, err
	}
	c := &conn{
		sc: sc, card: card, req: make(chan []byte), rsp: make(chan answer),
		dead: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := c.describe(); err != nil {
		_ = card.Disconnect(scard.LeaveCard)
		_ = sc.Release()
		return nil, err
	}
	go c.work()
	return c, nil
}

// describe accepts T=0 and T=1 only: scard panics on any other protocol.
func (c *conn) describe() error {
	switch c.card.ActiveProtocol() {
	case scard.ProtocolT0:
		c.protocol = iso7816.T0
	case scard.ProtocolT1:
		c.protocol = iso7816.T1
	default:
		return errors.New("card speaks neither T=0 nor T=1")
	}
	status, err := c.card.Status()
	if err != nil {
		return err
	}
	c.atr = bytes.Clone(status.Atr)
	return nil
}

// work owns context and handle until the session is dead.
func (c *conn) work() {
	defer close(c.stopped)
	defer func() { _ = c.sc.Release() }()
	defer func() { _ = c.card.Disconnect(scard.LeaveCard) }()
	for {
		select {
		case <-c.dead:
			return
		case q := <-c.req:
			b, err := c.card.Transmit(q)
			clear(q)
			select {
			case c.rsp <- answer{b, err}:
			case <-c.dead: // too late: nobody waits
				clear(b)
				return
			}
		}
	}
}

func (c *conn) ATR() []byte                { return bytes.Clone(c.atr) }
func (c *conn) Protocol() iso7816.Protocol { return c.protocol }

// Exchange sends one command. Any error, a short answer included, ends the
// session.
func (c *conn) Exchange(ctx context.Context, capdu []byte) ([]byte, error) {
	if len(capdu) < minCommand || len(capdu) > maxCommand {
		return nil, ErrCommand
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.dead: // a select would choose at random
		return nil, iso7816.ErrDead
	default:
	}
	q := bytes.Clone(capdu)
	select {
	case c.req <- q:
	case <-c.dead:
		clear(q)
		return nil, iso7816.ErrDead
	}
	return c.await(ctx)
}

func (c *conn) await(ctx context.Context) ([]byte, error) {
	select {
	case a := <-c.rsp:
		if a.err == nil && len(a.b) >= 2 {
			return a.b, nil
		}
		clear(a.b)
		c.end()
		if a.err == nil {
			a.err = iso7816.ErrShortAnswer // which tells two cards from none
		}
		return nil, errors.Join(iso7816.ErrDead, a.err)
	case <-ctx.Done():
		c.end()
		return nil, errors.Join(iso7816.ErrDead, ctx.Err())
	case <-c.dead:
		return nil, iso7816.ErrDead
	}
}

func (c *conn) end() { c.once.Do(func() { close(c.dead) }) }

// Close ends the session and leaves the card as it is. A worker that a mute
// card holds is counted and left behind: no call in PC/SC can free it.
func (c *conn) Close() error {
	c.end()
	select {
	case <-c.stopped:
		return nil
	case <-time.After(closeWithin):
	}
	stuck.Add(1)
	go func() {
		<-c.stopped
		stuck.Add(-1)
	}()
	return ErrStuck
}
