//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/monitor"
)

// appHandshake ends half-open peers of the mailbox over TLS.
const appHandshake = 10 * time.Second

// serveApp serves one session of the app world. Boot has held a measured program
// against the licence. One that it could not measure (TCP, a container) must
// prove by TLS that it holds a client certificate which the licence names.
func (k *kernel) serveApp(ctx context.Context, c handover.Connection) error {
	if c.Measured {
		return k.gate.Serve(ctx, c, monitor.App{Measured: true, Digest: c.Measurement})
	}
	conn := tls.Server(c, k.appTLS)
	shake, cancel := context.WithTimeout(ctx, appHandshake)
	defer cancel()
	if err := conn.HandshakeContext(shake); err != nil {
		_ = c.Close() // the handshake's error is the one to tell
		k.refuse()
		return err
	}
	return k.gate.Serve(ctx, conn, monitor.App{})
}

// unmeasured is TLS towards an app world that was not measured: the licence
// binds the certificate itself, so no authority has a say.
func (k *kernel) unmeasured(devices *tls.Config) *tls.Config {
	cfg := devices.Clone()
	cfg.ClientAuth, cfg.ClientCAs = tls.RequireAnyClientCert, nil
	cfg.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
		if len(raw) == 0 {
			return licence.ErrCertificate
		}
		return k.licence.Certified(sha256.Sum256(raw[0]))
	}
	return cfg
}
