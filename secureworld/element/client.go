package element

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Client asks one element over a bounded pool of connections. Any number of
// goroutines may use it; those over the bound wait for a connection.
type Client struct {
	path  string
	slots chan struct{} // one per connection that may be open

	mu     sync.Mutex
	idle   []net.Conn // guarded by mu
	closed bool       // guarded by mu
}

// NewClient prepares at most conns connections to the socket at path; they are
// made when they are needed.
func NewClient(path string, conns int) *Client {
	return &Client{path: path, slots: make(chan struct{}, conns)}
}

// Close closes the idle connections; later ones are closed after their call.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, conn := range c.idle {
		_ = conn.Close()
	}
	c.idle = nil
}

// Status asks whether the element works.
func (c *Client) Status(ctx context.Context) (Health, error) {
	return call[Health](ctx, c, KindStatus, Status{})
}

// OpenAccount opens a terminal's account data.
func (c *Client) OpenAccount(ctx context.Context, r OpenAccount) (Account, error) {
	return call[Account](ctx, c, KindOpenAccount, r)
}

// MACVerify returns nil for a MAC that verifies.
func (c *Client) MACVerify(ctx context.Context, r MACVerify) error {
	_, err := call[Verified](ctx, c, KindMACVerify, r)
	return err
}

// MACGenerate makes an answer's MAC.
func (c *Client) MACGenerate(ctx context.Context, r MACGenerate) (MAC, error) {
	return call[MAC](ctx, c, KindMACGenerate, r)
}

// TranslatePIN takes a PIN block into the issuer's zone.
func (c *Client) TranslatePIN(ctx context.Context, r TranslatePIN) (Translated, error) {
	return call[Translated](ctx, c, KindTranslatePIN, r)
}

// VerifyPIN returns nil for the right PIN.
func (c *Client) VerifyPIN(ctx context.Context, r VerifyPIN) error {
	_, err := call[Verified](ctx, c, KindVerifyPIN, r)
	return err
}

// VerifyARQC verifies a cryptogram and returns the answer to it.
func (c *Client) VerifyARQC(ctx context.Context, r VerifyARQC) (IssuerAuthentication, error) {
	return call[IssuerAuthentication](ctx, c, KindVerifyARQC, r)
}

// PINOffset makes the reference of a PIN.
func (c *Client) PINOffset(ctx context.Context, r PINOffset) (Offset, error) {
	return call[Offset](ctx, c, KindPINOffset, r)
}

// PANReference makes the keyed reference of a PAN.
func (c *Client) PANReference(ctx context.Context, r PANReference) (Reference, error) {
	return call[Reference](ctx, c, KindPANReference, r)
}

// VerifyCVV returns nil for the right card verification value.
func (c *Client) VerifyCVV(ctx context.Context, r VerifyCVV) error {
	_, err := call[Verified](ctx, c, KindVerifyCVV, r)
	return err
}

// VerifyCVC3 returns nil for the right dynamic code.
func (c *Client) VerifyCVC3(ctx context.Context, r VerifyCVC3) error {
	_, err := call[Verified](ctx, c, KindVerifyCVC3, r)
	return err
}

// ScriptMAC authenticates a script's command.
func (c *Client) ScriptMAC(ctx context.Context, r ScriptMAC) (MAC, error) {
	return call[MAC](ctx, c, KindScriptMAC, r)
}

// LoadKeyBlock asks what a key block is, and whether it may be used.
func (c *Client) LoadKeyBlock(ctx context.Context, r LoadKeyBlock) (LoadedKey, error) {
	return call[LoadedKey](ctx, c, KindLoadKeyBlock, r)
}

// Derive makes a device's initial key, as a key block.
func (c *Client) Derive(ctx context.Context, r Derive) (DerivedKey, error) {
	return call[DerivedKey](ctx, c, KindDerive, r)
}

// TranslatePINUnder is TranslatePIN with keys that come along.
func (c *Client) TranslatePINUnder(ctx context.Context, r TranslatePINUnder) (Translated, error) {
	return call[Translated](ctx, c, KindTranslatePINUnder, r)
}

// OpenAccountUnder is OpenAccount with a key that comes along.
func (c *Client) OpenAccountUnder(ctx context.Context, r OpenAccountUnder) (Account, error) {
	return call[Account](ctx, c, KindOpenAccountUnder, r)
}

// call tries an idle connection and, where that one turned out to be dead, a new
// one: an element that was restarted is not a failure, and asking twice is
// harmless.
func call[A any](ctx context.Context, c *Client, kind Kind, request any) (answer A, err error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return answer, CodeUnavailable
	}
	for conn := c.takeIdle(); conn != nil; conn = c.takeIdle() {
		if answer, err = exchange[A](ctx, c, conn, kind, request); !errors.Is(err, CodeUnavailable) {
			return answer, err
		}
	}
	d := net.Dialer{Timeout: CallDeadline}
	conn, err := d.DialContext(ctx, "unix", c.path)
	if err != nil {
		return answer, CodeUnavailable
	}
	return exchange[A](ctx, c, conn, kind, request)
}

// exchange makes one call on conn and keeps or closes it.
func exchange[A any](ctx context.Context, c *Client, conn net.Conn, kind Kind, request any) (answer A, err error) {
	_ = conn.SetDeadline(deadline(ctx))
	body, err := roundTrip(conn, kind, request)
	if errors.Is(err, CodeUnavailable) {
		_ = conn.Close()
		return answer, err
	}
	c.giveBack(conn)
	if err != nil {
		return answer, err
	}
	defer clear(body)
	if ParseAnswer(body, &answer) != nil {
		return answer, CodeMalformed
	}
	return answer, nil
}

// usualRequest is enough for most requests; longer ones grow.
const usualRequest = 128

// roundTrip returns the answer's body, a refusal, or CodeUnavailable for all
// that makes a connection useless.
func roundTrip(conn net.Conn, kind Kind, request any) ([]byte, error) {
	out, err := AppendRequest(make([]byte, 0, usualRequest), request)
	if err != nil || frame.Write(conn, kind, out) != nil {
		return nil, CodeUnavailable
	}
	got, body, err := frame.Read(conn, MaxBody)
	if err != nil {
		return nil, CodeUnavailable
	}
	if got == KindRefusal {
		var r Refusal
		if frame.Parse(body, &r) != nil {
			return nil, CodeUnavailable
		}
		return nil, r.Code
	}
	if got != kind|KindAnswer {
		return nil, CodeUnavailable
	}
	return body, nil
}

func deadline(ctx context.Context) time.Time {
	limit := time.Now().Add(CallDeadline)
	if d, ok := ctx.Deadline(); ok && d.Before(limit) {
		return d
	}
	return limit
}

func (c *Client) takeIdle() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.idle)
	if n == 0 {
		return nil
	}
	conn := c.idle[n-1]
	c.idle = c.idle[:n-1]
	return conn
}

func (c *Client) giveBack(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return
	}
	c.idle = append(c.idle, conn)
}
