package bus

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
)

// TellLossesLater has a connection learn that its line is lost only when until is
// closed, as on a machine that is busy.
func TellLossesLater(c *Conn, until <-chan struct{}) {
	c.nats.SetDisconnectErrHandler(func(*nats.Conn, error) {
		<-until
		c.disconnected()
	})
}

// SweepSooner sweeps sooner, and so takes MCUs for dead that are not.
func SweepSooner(ctx context.Context, conn *Conn, expiry time.Duration) error {
	return sweep(ctx, conn, expiry)
}
