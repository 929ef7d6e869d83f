package group

import (
	"context"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/listener"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
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
	var out []byte
	for ctx.Err() == nil {
		_ = conn.SetDeadline(time.Now().Add(door.IdleDeadline))
		kind, body, err := frame.Read(conn, door.MaxBody)
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(door.CallDeadline))
		out = m.Handle(out[:0], kind, body)
		if frame.Write(conn, out[0], out[1:]) != nil {
			return
		}
	}
}
