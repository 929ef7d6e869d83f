// Package pairing lets a merchant give a till its own token for the terminal's
// local interface: a till asks, the merchant confirms at the terminal, and the till
// shows a code or the secret of a QR code that only the terminal's own page tells.
//
// One request at a time, 120 seconds, five tries, and longer and longer waits for
// an address that fails. The secret travels in the QR code beside the hash of the
// key that the terminal's TLS shows, so that a till which holds the terminal to that
// key (the package's Link) tells it to nobody else. A typed code has no such company:
// it is safe only on a connection whose key the till knew before.
//
// Only the terminal imports it. It keeps hashes of tokens, never a token, and
// nothing of payments.
package pairing

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// Errors of a request.
var (
	ErrOff      = errors.New("pairing: the terminal does not listen for tills")
	ErrBusy     = errors.New("pairing: another till is being paired")
	ErrNotFound = errors.New("pairing: no such request")
	ErrWaiting  = errors.New("pairing: the merchant has not confirmed yet")
	ErrOver     = errors.New("pairing: the request has ended")
	ErrWrong    = errors.New("pairing: wrong code or secret")
	ErrScopes   = errors.New("pairing: more than was asked for")
)

// Config of a desk.
type Config struct {
	Clients *Clients
	Now     func() time.Time
	// URL is where tills reach the terminal, SPKI the hash of its key; both empty
	// where it does not listen for them.
	URL, SPKI string
}

// Desk has the request of the moment. It may be used by many at once.
type Desk struct {
	cfg Config

	mu       sync.Mutex
	current  *Request // the last one, open or not
	throttle throttle
	failures uint64
}

// NewDesk returns a desk without a request.
func NewDesk(cfg Config) *Desk { return &Desk{cfg: cfg} }

// Clients are those that are paired.
func (d *Desk) Clients() *Clients { return d.cfg.Clients }

// Where returns the address for tills and the hash of its key; ok is false where
// the terminal does not listen for them.
func (d *Desk) Where() (url, spki string, ok bool) { return d.cfg.URL, d.cfg.SPKI, d.cfg.URL != "" }

// Ask begins a request for a client of a valid name. One that is asked for at the
// terminal is confirmed by that, and takes the place of one that waits: a stranger
// cannot keep the merchant from pairing.
func (d *Desk) Ask(name string, s Scopes, from netip.Addr, local bool) (Request, error) {
	code, err := drawCode()
	if err != nil {
		return Request{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.cfg.Now()
	d.settle(now)
	if err := d.mayAsk(from, local, now); err != nil {
		return Request{}, err
	}
	status := Waiting
	if local {
		status = Confirmed
	}
	d.current = &Request{ID: drawID(requestPrefix), Name: name, Scopes: s, Status: status, Local: local, From: from.Unmap(),
		Created: now, Expires: now.Add(Lifetime), Left: Tries, Code: code, Secret: drawSecret()}
	return d.current.shown(), nil
}

func (d *Desk) mayAsk(from netip.Addr, local bool, now time.Time) error {
	if d.cfg.URL == "" {
		return ErrOff
	}
	if d.cfg.Clients.Full() {
		return ErrTooMany
	}
	if !local {
		if err := d.throttle.check(from, now); err != nil {
			return err
		}
	}
	if c := d.current; c != nil && c.Open() && !(local && c.Status == Waiting) {
		return ErrBusy
	}
	return nil
}

// Confirm lets a request be completed, with the scopes that were asked for or
// fewer; zero is all of those.
func (d *Desk) Confirm(id string, s Scopes) (Request, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.named(id)
	switch {
	case err != nil:
		return Request{}, err
	case r.Status == Confirmed && (s == 0 || s == r.Scopes):
		return r.shown(), nil // said twice
	case r.Status != Waiting:
		return Request{}, ErrOver
	case !s.Within(r.Scopes):
		return Request{}, ErrScopes
	}
	if s != 0 {
		r.Scopes = s
	}
	r.Status = Confirmed
	return r.shown(), nil
}

// Reject ends a request. The address that asked has to wait before it asks again.
func (d *Desk) Reject(id string) (Request, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.named(id)
	switch {
	case err != nil:
		return Request{}, err
	case r.Status == Rejected:
		return r.shown(), nil
	case !r.Open():
		return Request{}, ErrOver
	}
	r.Status = Rejected
	d.failed(r, r.From, d.cfg.Now())
	return r.shown(), nil
}

// Complete pairs the client of a confirmed request with who proves to have seen
// code or QR, and returns its token this once. Nothing that is sent before the
// merchant has confirmed, or while the address must wait, is looked at.
func (d *Desk) Complete(id string, p Proof, from netip.Addr) (Client, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.named(id)
	switch {
	case err != nil:
		return Client{}, "", err
	case r.Status == Waiting:
		return Client{}, "", ErrWaiting
	case !r.Open():
		return Client{}, "", ErrOver
	}
	now := d.cfg.Now()
	if err := d.throttle.check(from, now); err != nil {
		return Client{}, "", err
	}
	if !r.proven(p) {
		return Client{}, "", d.wrong(r, from, now)
	}
	c, token, err := d.cfg.Clients.add(r.Name, r.Scopes)
	if err != nil {
		return Client{}, "", err
	}
	r.Status, r.Client = Completed, c.ID
	return c, token, nil
}

func (d *Desk) wrong(r *Request, from netip.Addr, now time.Time) error {
	if r.Left--; r.Left == 0 {
		r.Status = Burned
	}
	d.failures++
	d.throttle.fail(from, now)
	return ErrWrong
}

// Current returns the last request, open or not, if there was any.
func (d *Desk) Current() (Request, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle(d.cfg.Now())
	if d.current == nil {
		return Request{}, false
	}
	return d.current.shown(), true
}

// Request returns a request by its name, or ErrNotFound.
func (d *Desk) Request(id string) (Request, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, err := d.named(id)
	if err != nil {
		return Request{}, err
	}
	return r.shown(), nil
}

// Left is how long a request still holds.
func (d *Desk) Left(r Request) time.Duration { return max(0, r.Expires.Sub(d.cfg.Now())) }

// Failures is how many wrong tries, rejected and expired requests there were since
// the start.
func (d *Desk) Failures() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failures
}

func (d *Desk) named(id string) (*Request, error) {
	d.settle(d.cfg.Now())
	if d.current == nil || !same(id, d.current.ID) {
		return nil, ErrNotFound
	}
	return d.current, nil
}

// settle ends a request whose time is over.
func (d *Desk) settle(now time.Time) {
	if r := d.current; r != nil && r.Open() && !now.Before(r.Expires) {
		r.Status = Expired
		d.failed(r, r.From, now)
	}
}

func (d *Desk) failed(r *Request, from netip.Addr, now time.Time) {
	if r.Local {
		return
	}
	d.failures++
	d.throttle.fail(from, now)
}
