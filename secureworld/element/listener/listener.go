// Package listener is the way in that all doors of secure elements and of their MCUs
// share: a private Unix socket, and a bounded number of connections on it. It knows no
// door and sees no byte. The programs behind these doors import it.
package listener

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Private listens on a Unix socket of mode 0600, in place of one that an earlier run left
// behind. The mask makes it private from its first moment.
func Private(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		_ = os.Remove(path)
	}
	old := unix.Umask(0o177)
	defer unix.Umask(old)
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, errors.New("listening on the socket")
	}
	return l, nil
}

// Serve has each connection of l served by a goroutine of its own, at most so many at a
// time; others are closed at once. When ctx ends, it closes l and every connection and
// waits for their goroutines.
func Serve(ctx context.Context, l net.Listener, most int, serve func(context.Context, net.Conn)) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	slots := make(chan struct{}, most)
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case slots <- struct{}{}:
			wg.Go(func() { defer func() { <-slots }(); one(ctx, conn, serve) })
		default:
			_ = conn.Close()
		}
	}
}

// one serves a connection and closes it, at the latest when ctx ends.
func one(ctx context.Context, conn net.Conn, serve func(context.Context, net.Conn)) {
	defer conn.Close() //nolint:errcheck // nothing is left to be done
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	serve(ctx, conn)
}
