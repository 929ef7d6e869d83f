package magstripe

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
)

// device reads a character device or FIFO. A FIFO is opened for writing too: its
// writers come and go, and the last one must not end it.
func (h Head) device(ctx context.Context, path string, mode os.FileMode, tell func(Swipe)) error {
	flags := os.O_RDONLY | syscall.O_NOCTTY | syscall.O_NONBLOCK
	if mode&os.ModeNamedPipe != 0 {
		flags = os.O_RDWR | syscall.O_NONBLOCK
	}
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	stop := context.AfterFunc(ctx, func() { _ = f.Close() })
	defer stop()
	return h.read(f, tell)
}

// socket listens, and reads one connection after the other.
func (h Head) socket(ctx context.Context, path string, tell func(Swipe)) error {
	l, err := listen(ctx, path)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // nothing is lost
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		h.connection(ctx, c, tell)
	}
}

// listen replaces a socket that an earlier run left.
func listen(ctx context.Context, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// connection reads until the other side ends or breaks: a head may come back.
func (h Head) connection(ctx context.Context, c net.Conn, tell func(Swipe)) {
	defer c.Close() //nolint:errcheck // only read
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	_ = h.read(c, tell)
}
