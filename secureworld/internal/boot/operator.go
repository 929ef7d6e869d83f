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

// operate serves connections, maxOperators at a time: one that only stays does not
// keep the next one out. What they ask for, upkeep does one after the other.
func (b *Boot) operate(ctx context.Context, listener *net.UnixListener) {
	room := make(chan struct{}, maxOperators)
	for {
		conn, err := listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(shortestPause)
			continue
		}
		if !operatorMay(conn) {
			b.log.Warn("peer refused", "door", "control")
			_ = conn.Close()
			continue
		}
		room <- struct{}{} // a connection ends after control.IdleFor, so this does
		b.open.Go(func() {
			defer func() { <-room }()
			b.attendTo(ctx, conn)
		})
	}
}

// attendTo serves one operator.
func (b *Boot) attendTo(ctx context.Context, conn *net.UnixConn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	_ = control.Serve(conn, desk{b.keeper, b}) // every end is the operator's
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
