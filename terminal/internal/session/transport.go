package session

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// Transport is what carries the sessions, and why it is not the other.
type Transport struct {
	Ring   bool // shared memory; else the socket
	Reason Reason
}

// Reason says why sessions stay on a socket.
type Reason string

// Reasons.
const (
	ReasonNone       Reason = "none"        // they do not
	ReasonRemote     Reason = "remote"      // another machine, or one's container: nothing is shared
	ReasonNotOffered Reason = "not_offered" // the secure world gives no memory, as from a virtual machine
	ReasonUnusable   Reason = "unusable"    // it gave some that this process cannot use
)

// Preferred opens sessions in shared memory where the secure world offers it, and on
// the socket elsewhere.
type Preferred struct {
	dial Dial

	mu   sync.Mutex
	last Transport
}

// Prefer returns a way to connect over dial.
func Prefer(dial Dial) *Preferred {
	return &Preferred{dial: dial, last: Transport{Reason: ReasonNotOffered}}
}

// Dial connects. It tells a secure world that has no room for a session by its
// refusal.
func (p *Preferred) Dial(ctx context.Context) (net.Conn, error) {
	socket, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	if _, local := socket.(*net.UnixConn); !local {
		return p.keep(socket, Transport{Reason: ReasonRemote}), nil
	}
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() })
	c, shared, err := mailbox.Upgrade(socket, CallLimit)
	if !stop() && err == nil {
		err = errors.Join(ctx.Err(), c.Close())
	}
	switch {
	case errors.Is(err, mailbox.ErrRing):
		if socket, err = p.dial(ctx); err != nil {
			return nil, err
		}
		return p.keep(socket, Transport{Reason: ReasonUnusable}), nil
	case err != nil:
		return nil, err
	case !shared:
		return p.keep(c, Transport{Reason: ReasonNotOffered}), nil
	}
	return p.keep(c, Transport{Ring: true, Reason: ReasonNone}), nil
}

func (p *Preferred) keep(c net.Conn, t Transport) net.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = t
	return c
}

// Transport is that of the session which was opened last.
func (p *Preferred) Transport() Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}
