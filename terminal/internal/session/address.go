package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// dialLimit is what connecting may take.
const dialLimit = 5 * time.Second

// Config says where the mailbox is.
type Config struct {
	Address string // unix:/path or tcp:host:port
	Cert    string // file, with tcp only: this terminal's certificate
	Key     string // file, with tcp only: its private key
	CA      string // file, with tcp only: who signs the secure world's certificate
}

// ErrAddress reports a mailbox address of neither form, or TCP without its
// certificates.
var ErrAddress = errors.New("session: the mailbox is unix:/path, or tcp:host:port with certificate, key and ca")

// Dialer reads the certificates and returns how to connect.
func Dialer(cfg Config) (Dial, error) {
	if path, ok := strings.CutPrefix(cfg.Address, "unix:"); ok && path != "" {
		d := net.Dialer{Timeout: dialLimit}
		return func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "unix", path) }, nil
	}
	address, ok := strings.CutPrefix(cfg.Address, "tcp:")
	if !ok || cfg.Cert == "" || cfg.Key == "" || cfg.CA == "" {
		return nil, ErrAddress
	}
	t, err := tlsConfig(cfg)
	if err != nil {
		return nil, err
	}
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: dialLimit}, Config: t}
	return func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) }, nil
}

func tlsConfig(cfg Config) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(cfg.Cert, cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("session: reading the mailbox certificate: %w", err)
	}
	pem, err := os.ReadFile(cfg.CA)
	if err != nil {
		return nil, fmt.Errorf("session: reading the mailbox authority: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("session: the mailbox authority file holds no certificate")
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{cert}}, nil
}
