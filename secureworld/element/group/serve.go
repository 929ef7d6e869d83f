package group

import (
	"context"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/listener"
	"github.com/strongroom-pos/strongroom/secureworld/element/wire"
)

// Serve answers the MCU's connections until ctx ends, then closes l and every
// connection and waits for their goroutines. Then the member has forgotten all secrets.
func (m *Member) Serve(ctx context.Context, l net.Listener) error {
	defer m.Wipe()
	return listener.Serve(ctx, l, door.MaxConnections, m.serveConn)
}

// serveConn answers one connection until it closes, is silent for too long or sends
// what is no frame.
func (m *Member) serveConn(ctx context.Context, conn net.Conn) {
	out, frames := make([]byte, wire.Head), wire.New(conn, door.MaxBody)
	for ctx.Err() == nil {
		_ = conn.SetReadDeadline(time.Now().Add(door.IdleDeadline))
		kind, body, err := frames.Read()
		if err != nil {
			return
		}
		out = m.Handle(out[:wire.Head], kind, body)
		_ = conn.SetWriteDeadline(time.Now().Add(door.CallDeadline))
		if wire.Frame(out) != nil || frames.Write(out) != nil {
			return
		}
	}
}
