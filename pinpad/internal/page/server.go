package page

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
)

func server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: requestDeadline,
		ReadTimeout:       requestDeadline,
		WriteTimeout:      answerDeadline,
		IdleTimeout:       idleDeadline,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// boundedListener accepts no more than maxConnections at a time.
type boundedListener struct {
	net.Listener
	places chan struct{}
}

func bounded(l net.Listener) net.Listener {
	return &boundedListener{l, make(chan struct{}, maxConnections)}
}

// Accept closes at once what comes beyond the bound.
func (b *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case b.places <- struct{}{}:
			return &boundedConn{Conn: c, leave: sync.OnceFunc(func() { <-b.places })}, nil
		default:
			_ = c.Close()
		}
	}
}

type boundedConn struct {
	net.Conn
	leave func()
}

// Close gives the place free.
func (c *boundedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
