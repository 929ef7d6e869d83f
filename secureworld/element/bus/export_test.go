package bus

import (
	"context"
	"time"
)

// SweepSooner sweeps sooner, and so takes MCUs for dead that are not.
func SweepSooner(ctx context.Context, conn *Conn, expiry time.Duration) error {
	return sweep(ctx, conn, expiry)
}
