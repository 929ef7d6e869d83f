// Package page is the PIN pad's page: a stand-in for its keys and its display,
// on a loopback port of its own, for people and for tests. A real PIN pad has
// keys under a tamper-responsive mesh instead; the page says so in large letters.
//
//	GET  /                     the page; it holds no secret
//	GET  /v1/display?since=N   the screen, as soon as its seq is not N (long poll)
//	POST /v1/keys              {"key":"1"}; 204 taken, 409 nobody asks for a key
//
// Both /v1 routes want "Authorization: Bearer KEY". The key is drawn at each
// start and stands in a file of mode 0600, as the fragment of the page's address,
// which a browser does not send anywhere. A foreign page cannot press keys or
// read dots: exact Host, then http.CrossOriginProtection, then JSON only, then
// the key.
//
// Only the PIN pad imports it; it is the only package of a device that links
// net/http. It must never answer with a digit, nor keep one.
package page

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

// Page serves the page on one listener.
type Page struct {
	display  *display.Display
	keypad   *keypad.Keypad
	listener net.Listener
	key      []byte // bearer key, base64url
}

// ErrAddress reports an address that others than this machine could reach.
var ErrAddress = errors.New("page: address is not a loopback address with a port")

// Listen opens the page on address, an IP loopback address with a port (0 for
// any).
func Listen(ctx context.Context, address string, d *display.Display, k *keypad.Keypad) (*Page, error) {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, ErrAddress
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("page: listening: %w", err)
	}
	return &Page{display: d, keypad: k, listener: bounded(l), key: newKey()}, nil
}

func newKey() []byte {
	var raw [32]byte
	_, _ = rand.Read(raw[:])
	return base64.RawURLEncoding.AppendEncode(nil, raw[:])
}

// URL is the page's origin, without the key.
func (p *Page) URL() string { return "http://" + p.listener.Addr().String() }

// WriteAddress writes the page's address with its key to a file of mode 0600.
// The file is new each time, because its mode must be.
func (p *Page) WriteAddress(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("page: removing the old address: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("page: writing the address: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s/#%s\n", p.URL(), p.key)
	return errors.Join(err, f.Close())
}

// Serve answers until ctx ends.
func (p *Page) Serve(ctx context.Context, log *slog.Logger) error {
	s := server(p.handler(), log)
	s.BaseContext = func(net.Listener) context.Context { return ctx }
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("page: serving: %w", err)
	}
	return nil
}
