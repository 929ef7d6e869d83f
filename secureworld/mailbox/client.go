package mailbox

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Client is the app world's end of one session. Calls wait for each other: one
// frame is in flight. After its first error that is no refusal it stays dead: an
// answer that came late would be taken for that to the next question.
type Client struct {
	mu   sync.Mutex
	conn io.ReadWriteCloser
	dead error
}

// ErrUnexpected reports an answer of the wrong kind.
var ErrUnexpected = errors.New("mailbox: unexpected answer")

// RefusedError is a refusal by the secure world.
type RefusedError struct {
	Code Code
	ID   payment.ID
}

func (e *RefusedError) Error() string { return "mailbox: refused: " + e.Code.String() }

// NewClient speaks over conn, which it owns.
func NewClient(conn io.ReadWriteCloser) *Client { return &Client{conn: conn} }

// Close ends the session; a call that waits fails.
func (c *Client) Close() error { return c.conn.Close() }

// Describe asks what the secure world is.
func (c *Client) Describe() (Description, error) {
	return call[Description](c, KindDescribe, Describe{})
}

// Start begins a payment.
func (c *Client) Start(s Start) (View, error) { return call[View](c, KindStart, s) }

// Cancel asks that a payment end.
func (c *Client) Cancel(id payment.ID) (View, error) {
	return call[View](c, KindCancel, Cancel{ID: id})
}

// Status asks how a payment stands.
func (c *Client) Status(id payment.ID) (View, error) {
	return call[View](c, KindStatus, Status{ID: id})
}

// Events waits for the first event after a number.
func (c *Client) Events(after payment.Count, waitMillis uint16) (Event, error) {
	return call[Event](c, KindEvents, Events{After: after, WaitMillis: waitMillis})
}

// Ping asks for its number back.
func (c *Client) Ping(n payment.Count) error {
	p, err := call[Pong](c, KindPing, Ping{Number: n})
	if err == nil && p.Number != n {
		_ = c.Close() // it answers something else
		return ErrUnexpected
	}
	return err
}

func call[A any](c *Client, kind byte, question any) (A, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var a A
	if c.dead != nil {
		return a, c.dead
	}
	asked, err := frame.Append(nil, question)
	if err != nil {
		return a, err // a field above its limit: nothing was sent
	}
	got, body, err := c.exchange(kind, asked)
	if err == nil {
		a, err = answer[A](kind, got, body)
	}
	var refused *RefusedError
	if err != nil && !errors.As(err, &refused) {
		c.dead = fmt.Errorf("mailbox: session ended: %w", err)
		_ = c.conn.Close() // already failing; the first error is the one to tell
		return a, c.dead
	}
	return a, err
}

// exchange sends a question and waits for its answer. A secure world that has no
// room for the session says so before it is asked and hangs up, so its word is
// looked for also when nothing can be sent.
func (c *Client) exchange(kind byte, body []byte) (byte, []byte, error) {
	failed := frame.Write(c.conn, kind, body)
	got, answer, err := frame.Read(c.conn, MaxBody)
	if failed != nil && (err != nil || got != KindRefused) {
		return 0, nil, failed
	}
	return got, answer, err
}

func answer[A any](asked, got byte, body []byte) (A, error) {
	var a A
	if got == KindRefused {
		var r Refused
		if err := frame.Parse(body, &r); err != nil {
			return a, err
		}
		return a, &RefusedError{Code: r.Code, ID: r.ID}
	}
	if got != asked|0x80 {
		return a, ErrUnexpected
	}
	return a, frame.Parse(body, &a)
}
