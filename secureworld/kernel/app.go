//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/monitor"
	"github.com/strongroom-pos/strongroom/secureworld/licensing"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox/ring"
)

// appHandshake ends half-open peers of the mailbox over TLS.
const appHandshake = 10 * time.Second

// serveApp serves one session of the app world. Boot has held a measured program
// against the licence, and goes on measuring it. One that it could not measure (TCP,
// a container) must prove by TLS that it holds a client certificate which the licence
// names.
func (k *kernel) serveApp(ctx context.Context, c handover.Connection) error {
	if c.Measured {
		app := monitor.App{Measured: true, Digest: c.Measurement, Binding: licensing.MeasuredBinding(c.Measurement)}
		defer k.forget(c.ID)
		return k.serveKnown(ctx, c.ID, offered(c), app)
	}
	conn := tls.Server(c, k.appTLS)
	shake, cancel := context.WithTimeout(ctx, appHandshake)
	defer cancel()
	if err := conn.HandshakeContext(shake); err != nil {
		_ = c.Close() // the handshake's error is the one to tell
		k.refuse()
		return err
	}
	state := conn.ConnectionState()
	binding, err := state.ExportKeyingMaterial(licensing.ChannelBindingLabel, nil, licensing.ChannelBindingSize)
	if err != nil {
		_ = c.Close() // the same
		return err
	}
	app := monitor.App{Certificate: sha256.Sum256(state.PeerCertificates[0].Raw), Binding: [32]byte(binding)}
	return k.serveKnown(ctx, c.ID, conn, app)
}

// offered is a connection with the memory that its peer may ask for, where boot sent
// some.
func offered(c handover.Connection) net.Conn {
	if socket, ok := c.Conn.(*net.UnixConn); ok && c.Ring != nil {
		return ring.NewOffer(socket, c.Ring)
	}
	return c
}

func (k *kernel) serveKnown(ctx context.Context, id uint32, conn net.Conn, app monitor.App) error {
	k.apps.enter(id, appOf(app, time.Now()), func() { _ = conn.Close() })
	return k.gate.Serve(ctx, conn, app)
}

// forget ends the measuring of a session that has ended.
func (k *kernel) forget(id uint32) {
	k.apps.leave(id)
	_ = k.link.Closed(id) // boot has gone: there is nothing to be measured
}

// remeasured takes what boot found of a session's program.
func (k *kernel) remeasured(m handover.Measured) {
	if k.apps.measured(m, k.licence.Load().Licence, time.Now()) {
		k.refuse()
		_ = k.link.Log(handover.EventAppChanged, uint32(m.Verdict))
	}
}

// unmeasured is TLS towards an app world that was not measured: the licence
// binds the certificate itself, so no authority has a say.
func (k *kernel) unmeasured(devices *tls.Config) *tls.Config {
	cfg := devices.Clone()
	cfg.ClientAuth, cfg.ClientCAs, cfg.VerifyConnection = tls.RequireAnyClientCert, nil, nil
	cfg.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
		if len(raw) == 0 {
			return licence.ErrCertificate
		}
		return k.licence.Load().Certified(sha256.Sum256(raw[0]))
	}
	return cfg
}
