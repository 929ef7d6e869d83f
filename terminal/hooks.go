package main

import (
	"context"

	"github.com/strongroom-pos/strongroom/terminal/internal/webhook"
)

// telling has a courier tell its addresses of events until stop, which waits until
// nothing is sent any more.
func telling(ctx context.Context, c *webhook.Courier) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run(ctx) }()
	return func() { cancel(); <-ended }
}
