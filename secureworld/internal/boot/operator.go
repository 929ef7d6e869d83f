package boot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/control"
)

// openControl opens the operator's door and serves it until shut is called.
func (b *Boot) openControl(ctx context.Context) (shut func(), err error) {
	if b.cfg.Control.Address == "" {
		return func() {}, nil
	}
	listener, err := b.cfg.Control.listen()
	if err != nil {
		return nil, fmt.Errorf("open door control: %w", err)
	}
	door, ok := listener.(*net.UnixListener)
	if !ok {
		return nil, errors.Join(errors.New("door control is no unix socket"), listener.Close())
	}
	b.open.Go(func() { b.operate(ctx, door) })
	return func() { _ = door.Close() }, nil
}

// operate serves one connection at a time.
func (b *Boot) operate(ctx context.Context, listener *net.UnixListener) {
	for {
		conn, err := listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(shortestPause)
			continue
		}
		end := context.AfterFunc(ctx, func() { _ = conn.Close() })
		if operatorMay(conn) {
			_ = control.Serve(conn, desk{b.keeper, b}) // every end is the operator's
		} else {
			b.log.Warn("peer refused", "door", "control")
		}
		end()
		_ = conn.Close()
	}
}

// operatorMay: the socket's mode says the same; this holds where a folder's
// rights do not.
func operatorMay(conn *net.UnixConn) (may bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Control(func(fd uintptr) {
		peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		may = err == nil && (peer.Uid == 0 || int(peer.Uid) == os.Geteuid())
	})
	return may && err == nil
}
