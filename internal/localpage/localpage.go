// Package localpage is what the operator's pages have in common: a loopback
// listener of their own, headers that let a page load nothing but its own files,
// and a guard that no page of another site gets past: exact Host, then
// http.CrossOriginProtection. Whoever has an account on this machine can ask.
//
// Packages of pages import it. It knows no page's contents and must never hold any.
package localpage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// ErrAddress reports an address that others than this machine could reach.
var ErrAddress = errors.New("address is not a loopback address with a port")

// Listen listens on an IP loopback address with a port (0 for any).
func Listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, ErrAddress
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	return l, nil
}

// URL opens a page.
func URL(l net.Listener) string { return "http://" + l.Addr().String() + "/" }

const (
	// maxHeader is far more than a browser sends to such a page.
	maxHeader = 8 << 10
	// requestDeadline ends clients that send a request byte by byte.
	requestDeadline = 5 * time.Second
	// idleDeadline ends kept connections that nobody uses.
	idleDeadline = time.Minute
)

// Serve answers until ctx ends, each request within answer; an event stream sets a
// deadline of its own.
func Serve(ctx context.Context, l net.Listener, h http.Handler, answer time.Duration, log *slog.Logger) error {
	s := &http.Server{
		Handler: Guard(l.Addr(), h), ReadHeaderTimeout: requestDeadline, ReadTimeout: requestDeadline,
		WriteTimeout: answer, IdleTimeout: idleDeadline, MaxHeaderBytes: maxHeader,
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}
