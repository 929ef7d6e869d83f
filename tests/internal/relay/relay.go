// Package relay is a line on loopback that can be cut, held or slowed down, for tests
// of what a bad network does. It stands between two programs that speak TCP; it reads
// nothing of what passes.
//
//	cut    all connections end, new ones end at once
//	held   connections stay and new ones are taken, and nothing passes: half open.
//	       What was sent meanwhile arrives when the line is healed, as TCP repeats it
//	slow   everything passes late, in order
//
// Tests import it.
package relay

import (
	"net"
	"sync"
	"time"
)

// State of a line.
type State int

// The states.
const (
	Open State = iota
	Cut
	Held
)

// Relay is one line.
type Relay struct {
	target string
	l      net.Listener
	served sync.WaitGroup

	mu      sync.Mutex
	state   State
	delay   time.Duration
	changed chan struct{}         // closed with each change
	ends    map[net.Conn]struct{} // guarded by mu
	closed  bool                  // guarded by mu
}

// New listens on loopback and passes what comes to target.
func New(target string) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed by Close
	if err != nil {
		return nil, err
	}
	r := &Relay{target: target, l: l, changed: make(chan struct{}), ends: map[net.Conn]struct{}{}}
	r.served.Go(r.serve)
	return r, nil
}

// Address is where it listens.
func (r *Relay) Address() string { return r.l.Addr().String() }

// Set changes the line. delay is for Open alone.
func (r *Relay) Set(s State, delay time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state, r.delay = s, delay
	close(r.changed)
	r.changed = make(chan struct{})
	if s == Cut {
		r.hangUp()
	}
}

// hangUp is called with mu held.
func (r *Relay) hangUp() {
	for c := range r.ends {
		_ = c.Close()
	}
}

// Close ends the line and waits until nothing of it runs.
func (r *Relay) Close() {
	_ = r.l.Close()
	r.mu.Lock()
	r.closed = true
	r.hangUp()
	close(r.changed)
	r.changed = make(chan struct{})
	r.mu.Unlock()
	r.served.Wait()
}

func (r *Relay) serve() {
	for {
		c, err := r.l.Accept()
		if err != nil {
			return
		}
		r.served.Go(func() { r.connect(c) })
	}
}

// connect joins one connection with the target's.
func (r *Relay) connect(c net.Conn) {
	defer r.forget(c)
	if !r.keep(c) || !r.pass(nil) {
		return
	}
	d, err := net.Dial("tcp", r.target) //nolint:noctx // loopback
	if err != nil {
		return
	}
	defer r.forget(d)
	if !r.keep(d) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { r.copy(d, c) })
	both.Go(func() { r.copy(c, d) })
	both.Wait()
}

func (r *Relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.state == Cut {
		return false
	}
	r.ends[c] = struct{}{}
	return true
}

func (r *Relay) forget(c net.Conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.ends, c)
}

// copy passes one direction on until either end is closed.
func (r *Relay) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		if n > 0 && (!r.pass(from) || !written(to, b[:n])) || err != nil {
			return
		}
	}
}

func written(to net.Conn, b []byte) bool {
	_, err := to.Write(b)
	return err == nil
}

// pass waits until the line lets something through; false where it was cut.
func (r *Relay) pass(c net.Conn) bool {
	for {
		r.mu.Lock()
		state, delay, changed, closed := r.state, r.delay, r.changed, r.closed
		_, here := r.ends[c]
		r.mu.Unlock()
		switch {
		case closed || state == Cut || c != nil && !here:
			return false
		case state == Open:
			time.Sleep(delay)
			return true
		}
		<-changed
	}
}
