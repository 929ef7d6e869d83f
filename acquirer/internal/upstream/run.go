package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

var errRefused = errors.New("upstream: sign-on refused")

// Run keeps the line connected and signed on until ctx ends.
func (l *Link) Run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := l.serve(ctx)
		if ctx.Err() != nil {
			return
		}
		l.failed.Add(1)
		l.cfg.Log.Warn("upstream not connected", "refused", errors.Is(err, errRefused))
		if time.Since(began) > lastPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // spreads attempts, hides nothing
		}
		pause = min(2*pause, lastPause)
	}
}

// serve is one connection from its beginning to its end.
func (l *Link) serve(ctx context.Context) error {
	s, err := l.connect(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	stop := context.AfterFunc(ctx, s.close)
	defer stop()
	ended := make(chan struct{})
	go func() { defer close(ended); s.read() }()
	defer func() { s.close(); <-ended }()
	if err := l.exchange(ctx, s, hostspec.NetworkSignOn); err != nil {
		return err
	}
	l.set(s)
	defer l.set(nil)
	l.cfg.Log.Info("upstream connected")
	return l.echo(ctx, s)
}

func (l *Link) connect(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, connectDeadline)
	defer cancel()
	config := l.cfg.TLS.Clone()
	if config.ServerName == "" {
		name, _, err := net.SplitHostPort(l.cfg.Address)
		if err != nil {
			return nil, err
		}
		config.ServerName = name
	}
	dialer := tls.Dialer{Config: config}
	conn, err := dialer.DialContext(ctx, "tcp", l.cfg.Address)
	if err != nil {
		return nil, err
	}
	return newSession(l, conn), nil
}

// exchange is one 0800 and its answer.
func (l *Link) exchange(ctx context.Context, s *session, code string) error {
	ctx, cancel := context.WithTimeout(ctx, connectDeadline)
	defer cancel()
	a, err := s.ask(ctx, l.network(code))
	if err == nil && a.String(39) != hostspec.ResponseApproved {
		err = errRefused
	}
	return err
}

// echo asks whether the other end is there, until it is not.
func (l *Link) echo(ctx context.Context, s *session) error {
	ticker := time.NewTicker(hostspec.EchoInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.done:
			return ErrDown
		case <-ticker.C:
		}
		if err := l.exchange(ctx, s, hostspec.NetworkEcho); err != nil {
			return err
		}
	}
}
