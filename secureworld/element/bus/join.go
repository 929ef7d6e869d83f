package bus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
)

// ErrUnreached says that no server of the bus lets one in now. It may later.
var ErrUnreached = errors.New("bus: no server is reached")

// maxAuthority bounds a file of authorities.
const maxAuthority = 64 << 10

// Join connects to one of the servers, again and again until one lets it in: programs
// are started in any order, and what they do besides does not wait for the bus. missing,
// unless nil, is told once that it waits. An error: ctx ended, or the Config is wrong.
func Join(ctx context.Context, c Config, missing func()) (*Conn, error) {
	for wait := retryInterval; ; wait = min(2*wait, longestWait) {
		conn, err := Connect(c)
		if !errors.Is(err, ErrUnreached) {
			return conn, err
		}
		if missing != nil {
			missing()
			missing = nil
		}
		if pause(ctx, wait); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// Trust is for servers whose certificate one of the authorities in a PEM file signed;
// no path: no TLS.
func Trust(path string) (*tls.Config, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // as Config.TLS has it
	}
	b, err := os.ReadFile(path)
	authorities := x509.NewCertPool()
	if err != nil || len(b) > maxAuthority || !authorities.AppendCertsFromPEM(b) {
		return nil, errors.New("bus: reading the authority of the servers")
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: authorities}, nil
}
