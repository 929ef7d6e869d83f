package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
)

// Listener is the metrics' own, apart from the interface of the tills.
type Listener struct {
	net.Listener
	handler http.Handler
}

// Listen opens it. address is a loopback address.
func (t *Terminal) Listen(ctx context.Context, address netip.AddrPort, s Source) (*Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address.String())
	if err != nil {
		return nil, fmt.Errorf("listening for metrics: %w", err)
	}
	return &Listener{l, t.handler(s, l.Addr().String())}, nil
}

// Serve answers until ctx ends.
func (l *Listener) Serve(ctx context.Context, log *slog.Logger) {
	server := &http.Server{
		Handler: l.handler, ReadHeaderTimeout: headerLimit, ReadTimeout: headerLimit, WriteTimeout: answerLimit,
		IdleTimeout: answerLimit, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
		log.Error("metrics ended", "error", err)
	}
}

// handler answers GET /metrics alone, and under its own address alone: a web page that
// rebound its name to loopback gets nothing.
func (t *Terminal) handler(s Source, host string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host || r.Header.Get("Origin") != "" {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		var page bytes.Buffer
		t.Write(&page, s)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(page.Bytes()) // the client is gone; there is nobody to tell
	})
	return mux
}
