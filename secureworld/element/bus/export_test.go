package bus

import (
	"context"
	"time"
)

// TestOnlySweep sweeps sooner, and so takes MCUs for dead that are not.
func TestOnlySweep(ctx context.Context, conn *Conn, expiry time.Duration) error {
	return sweep(ctx, conn, expiry)
}
