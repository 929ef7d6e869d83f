package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// Config is a connection to the bus.
type Config struct {
	URLs   []string                   // servers of the cluster, the preferred first, or
	Server nats.InProcessConnProvider // a server in this process
	Role   subject.Role
	Seed   string // path of the role's NKey seed, or
	Token  string // its token; neither: a server without users
	TLS    *tls.Config
}

// Conn is a connection that finds its way to another server when it is lost. Any
// number of goroutines may use it.
type Conn struct {
	nats *nats.Conn
	role subject.Role

	mu     sync.Mutex
	up     chan struct{}      // closed while connected; guarded by mu
	line   context.Context    // ends when the connection is lost; guarded by mu
	cut    context.CancelFunc // ends line; guarded by mu
	begun  uint64             // reconnections of nats when line began; guarded by mu
	losses int                // guarded by mu
}

var errRole = errors.New("bus: not a valid role")

// Connect connects to one of the servers.
func Connect(c Config) (*Conn, error) {
	if !c.Role.Valid() {
		return nil, errRole
	}
	conn := &Conn{role: c.Role, up: make(chan struct{})}
	conn.connected()
	o, err := c.options()
	if err != nil {
		return nil, err
	}
	o.AsyncErrorCB = func(*nats.Conn, *nats.Subscription, error) {} // else the library prints them
	o.DisconnectedErrCB = func(*nats.Conn, error) { conn.disconnected() }
	o.ReconnectedCB = func(*nats.Conn) { conn.connected() }
	o.ClosedCB = func(*nats.Conn) { conn.disconnected() }
	if conn.nats, err = o.Connect(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreached, err)
	}
	return conn, nil
}

func (c *Config) options() (nats.Options, error) {
	o := nats.GetDefaultOptions()
	o.Servers, o.InProcessServer, o.Name = c.URLs, c.Server, c.Role.String()
	o.InboxPrefix = c.Role.Inbox()
	o.NoRandomize = true // the first server is the nearest
	o.MaxReconnect, o.ReconnectWait, o.ReconnectJitter = -1, 100*time.Millisecond, 50*time.Millisecond
	o.IgnoreAuthErrorAbort = true // a server that starts may not know its users yet
	o.ReconnectBufSize = -1       // what cannot be sent now is for the caller to ask again
	o.Timeout, o.PingInterval, o.MaxPingsOut = 2*time.Second, 2*time.Second, 2
	o.TLSConfig, o.Secure = c.TLS, c.TLS != nil
	if c.Token != "" {
		o.User, o.Password = c.Role.String(), c.Token
	}
	if c.Seed != "" {
		key, err := nats.NkeyOptionFromSeed(c.Seed)
		if err == nil {
			err = key(&o)
		}
		if err != nil {
			return o, fmt.Errorf("bus: reading the seed: %w", err)
		}
	}
	return o, nil
}

// Close ends the connection and what is in flight on it.
func (c *Conn) Close() { c.nats.Close() }

// NATS is the connection for what is asked of JetStream.
func (c *Conn) NATS() *nats.Conn { return c.nats }

// Losses counts how often the line was lost.
func (c *Conn) Losses() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.losses
}

func (c *Conn) connected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line != nil && c.line.Err() == nil {
		return
	}
	c.line, c.cut = context.WithCancel(context.Background())
	if c.nats != nil {
		c.begun = c.nats.Stats().Reconnects
	}
	close(c.up)
}

func (c *Conn) disconnected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.line.Err() != nil {
		return
	}
	c.losses++
	c.up = make(chan struct{})
	c.cut()
}

// ready waits until there is a line and returns its life.
func (c *Conn) ready(ctx context.Context) (context.Context, error) {
	for {
		c.mu.Lock()
		up, line := c.up, c.line
		c.mu.Unlock()
		select {
		case <-up:
			if line.Err() == nil {
				return line, nil
			}
		case <-ctx.Done():
			return nil, group.CodeUnavailable
		}
	}
}
