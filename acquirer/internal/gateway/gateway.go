// Package gateway connects terminals to the host: mutual TLS 1.3, two-byte
// length frames, and bounded work on each connection.
//
// The name in a terminal's certificate is its identity; the host holds every
// message to it. A connection whose message the host refuses is closed. The
// faults that tests and demos ask for are made here, after the host's books.
//
// Only the acquirer's main imports it. It holds the gateway's TLS key and no
// other, and looks into no message beyond its type.
package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/upstream"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/revocation"
)

// Gateway serves terminals.
type Gateway struct {
	host   *host.Host
	tls    *tls.Config
	log    *slog.Logger
	faults faults

	line        func() upstream.Counters // nil: there is none
	connections atomic.Int64
	handled     func(mti string, taken bool, took time.Duration) // may be nil
}

// New serves h. config has the gateway's certificate and who certifies terminals
// (ClientCAs); the rest is set here.
func New(h *host.Host, config *tls.Config, log *slog.Logger) *Gateway {
	c := config.Clone()
	c.MinVersion = tls.VersionTLS13
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.SessionTicketsDisabled = true // each connection proves its key
	return &Gateway{host: h, tls: c, log: log}
}

// Line has GET /health tell of the line to the host that decides.
func (g *Gateway) Line(counters func() upstream.Counters) { g.line = counters }

// Fault sets a fault.
func (g *Gateway) Fault(f Fault) error { return g.faults.put(f) }

// Connections is how many terminals are connected.
func (g *Gateway) Connections() int64 { return g.connections.Load() }

// Serve accepts terminals until ctx ends. Then it takes no more connections and no more
// messages, answers those that it has taken, and closes each connection: a terminal goes
// on at another node as if this one had never been. What is not answered by
// drainDeadline is left to reversals.
func (g *Gateway) Serve(ctx context.Context, l net.Listener) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	slots := make(chan struct{}, maxConnections)
	for {
		raw, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // out of descriptors, or a peer that left: wait, go on
			time.Sleep(10 * time.Millisecond)
			continue
		}
		select {
		case slots <- struct{}{}:
			wg.Go(func() { defer func() { <-slots }(); g.serveRaw(ctx, raw) })
		default:
			_ = raw.Close()
		}
	}
}

func (g *Gateway) serveRaw(ctx context.Context, raw net.Conn) {
	conn := tls.Server(raw, g.tls)
	defer conn.Close() //nolint:errcheck // nothing is left to be done
	limited, cancel := context.WithTimeout(ctx, handshakeDeadline)
	err := conn.HandshakeContext(limited)
	cancel()
	if err != nil {
		g.log.Warn("handshake refused", "revoked", errors.Is(err, revocation.ErrRevoked))
		return
	}
	state := conn.ConnectionState()
	forgotten := g.recheck(raw, state)
	defer forgotten()
	binding, err := state.ExportKeyingMaterial(hostspec.BindingLabel, nil, hostspec.BindingSize)
	if err != nil {
		g.log.Warn("handshake refused")
		return
	}
	session := host.NewSession(state.PeerCertificates[0].Subject.CommonName, [hostspec.BindingSize]byte(binding))
	g.connections.Add(1)
	defer g.connections.Add(-1)
	newLink(g, conn, session).run(ctx)
}

// recheck asks again whether a peer is permitted, as long as it stays: a terminal is
// connected for days. It ends the connection of one that is not any more.
func (g *Gateway) recheck(raw net.Conn, state tls.ConnectionState) (stop func()) {
	if g.tls.VerifyConnection == nil {
		return func() {}
	}
	ticker, done := time.NewTicker(recheckEvery), make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			if err := g.tls.VerifyConnection(state); err != nil {
				g.log.Warn("connection ended", "revoked", errors.Is(err, revocation.ErrRevoked))
				_ = raw.Close()
				return
			}
		}
	})
	return func() { ticker.Stop(); close(done); ended.Wait() }
}
