// Package session opens the terminal's sessions at the mailbox and puts a
// deadline on every call.
//
// It also knows when a session has truly ended. Closing a socket does not take
// back what was written to it: the secure world may still read a Start from a
// session that the terminal has given up. A session that may carry one is
// therefore closed for writing only and read to its end; Ended tells when the
// other side is through.
//
// Only the terminal imports it. It must never hold account data; the mailbox
// has none.
package session

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// CallLimit is what one call may take: far more than any machine needs, far
// less than a cashier's patience.
const CallLimit = 10 * time.Second

// Session is one session at the mailbox.
type Session struct {
	*mailbox.Client
	conn *conn
}

// Dial opens a connection to the mailbox.
type Dial func(context.Context) (net.Conn, error)

// Open dials and starts a session whose calls end within CallLimit and wait.
func Open(ctx context.Context, dial Dial, wait time.Duration) (*Session, error) {
	raw, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, limit: CallLimit + wait, ended: make(chan struct{})}
	return &Session{Client: mailbox.NewClient(c), conn: c}, nil
}

// Start begins a payment. An error that is not a *mailbox.RefusedError means
// that the secure world may or may not have heard it, now or later.
func (s *Session) Start(m mailbox.Start) (mailbox.View, error) {
	s.conn.unanswered.Store(true)
	v, err := s.Client.Start(m)
	var refused *mailbox.RefusedError
	if err == nil || errors.As(err, &refused) {
		s.conn.unanswered.Store(false)
	}
	return v, err
}

// Ended is closed once nothing that was written to the session can still reach
// the secure world.
func (s *Session) Ended() <-chan struct{} { return s.conn.ended }

// conn is a connection with a deadline per call: the client writes exactly once
// at the beginning of each.
type conn struct {
	net.Conn
	limit      time.Duration
	unanswered atomic.Bool

	closing atomic.Bool
	reading sync.Mutex // held while a Read is under way
	once    sync.Once
	ended   chan struct{}
}

func (c *conn) Write(b []byte) (int, error) {
	if c.closing.Load() {
		return 0, net.ErrClosed
	}
	if err := c.SetDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (c *conn) Read(b []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.closing.Load() {
		return 0, net.ErrClosed
	}
	return c.Conn.Read(b)
}

// Close ends the session. A waiting call fails at once.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.closing.Store(true)
		half, can := c.Conn.(interface{ CloseWrite() error })
		if !c.unanswered.Load() || !can || half.CloseWrite() != nil {
			c.finish()
			return
		}
		// Wakes a Read that waits. A dead socket ends the drain at once.
		_ = c.SetReadDeadline(time.Now())
		go c.drain()
	})
	return nil
}

// drain reads until the other side has closed. A deadline that a late Write set
// does not count as the end.
func (c *conn) drain() {
	c.reading.Lock()
	defer c.reading.Unlock()
	for {
		_ = c.SetReadDeadline(time.Time{}) // a dead socket ends the copy at once
		_, err := io.Copy(io.Discard, c.Conn)
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			c.finish()
			return
		}
	}
}

func (c *conn) finish() {
	_ = c.Conn.Close() // nothing is left to lose
	close(c.ended)
}
