package device

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

var errAddress = errors.New("device: connect is neither unix:/path nor tcp:host:port")

// endpoint is where the secure world's door is, and how both ends prove who
// they are.
type endpoint struct {
	network, address string
	tls              *tls.Config
}

// endpoint reads the certificates anew each time, so that a renewed one counts
// from the next session on.
func (d *Device) endpoint() (endpoint, error) {
	network, address, ok := strings.Cut(d.Config.Connect, ":")
	if !ok || address == "" || network != "unix" && network != "tcp" {
		return endpoint{}, errAddress
	}
	pair, err := tls.LoadX509KeyPair(d.path(d.Config.Cert), d.path(d.Config.Key))
	if err != nil {
		return endpoint{}, fmt.Errorf("device: loading the device's certificate: %w", err)
	}
	pem, err := os.ReadFile(d.path(d.Config.CA))
	if err != nil {
		return endpoint{}, fmt.Errorf("device: loading the authority's certificate: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return endpoint{}, errors.New("device: no certificate in the authority's file")
	}
	return endpoint{network, address, d.tlsConfig(pair, roots)}, nil
}

// tlsConfig trusts the device authority alone, never the system's roots.
func (d *Device) tlsConfig(pair tls.Certificate, roots *x509.CertPool) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{pair},
		RootCAs:                roots,
		ServerName:             d.Config.ServerName,
		SessionTicketsDisabled: true,
	}
}

// dial connects and does the handshake. Over TCP the kernel's keep-alive finds
// a peer that vanished without a word.
func (e endpoint) dial(ctx context.Context) (net.Conn, error) {
	var plain net.Dialer
	raw, err := plain.DialContext(ctx, e.network, e.address)
	if err != nil {
		return nil, fmt.Errorf("device: dialling the secure world: %w", err)
	}
	conn := tls.Client(raw, e.tls)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("device: TLS handshake: %w", err), raw.Close())
	}
	return conn, nil
}
