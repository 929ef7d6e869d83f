package gateway

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// Observe has f told of each message that the host worked on: its type as the terminal
// wrote it, whether it was taken, and for how long. It is to be called before Serve, and
// f must not wait.
func (g *Gateway) Observe(f func(mti string, taken bool, took time.Duration)) { g.handled = f }

// Health tells how it stands.
func (g *Gateway) Health(ctx context.Context) Health { return g.health(ctx) }

func (g *Gateway) tell(frame []byte, taken bool, took time.Duration) {
	if g.handled != nil {
		g.handled(hostspec.MTI(frame), taken, took)
	}
}
