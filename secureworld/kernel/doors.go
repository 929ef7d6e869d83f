//go:build linux

package main

import (
	"context"
	"net"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
)

const (
	// maxPeers bounds the connections of one door that are served at a time: one
	// session counts, and half-open peers must not keep a new one out for long.
	maxPeers = 16
	// firstRedial and lastRedial bound the pause between two dials of the host.
	firstRedial = 100 * time.Millisecond
	lastRedial  = 5 * time.Second
	dialWait    = 10 * time.Second
	healthWait  = 2 * time.Second
)

// open serves all doors until ctx ends.
func (k *kernel) open(ctx context.Context, link *handover.Link) {
	go k.accept(ctx, link, handover.DoorMailbox, func(c handover.Connection) error { return k.serveApp(ctx, c) })
	go k.accept(ctx, link, handover.DoorSRED, func(c handover.Connection) error { return k.reader.Serve(ctx, c) })
	go k.accept(ctx, link, handover.DoorPINEntry, func(c handover.Connection) error { return k.pinpad.Serve(ctx, c) })
	go k.callHost(ctx, link)
}

func (k *kernel) accept(ctx context.Context, link *handover.Link, door handover.Door, serve func(handover.Connection) error) {
	room := make(chan struct{}, maxPeers)
	for {
		c, err := link.Accept(ctx, door)
		if err != nil {
			return
		}
		select {
		case room <- struct{}{}:
			go func() {
				defer func() { <-room }()
				if serve(c) != nil {
					_ = link.Log(handover.EventRefusedPeer, uint32(door)) // an ended session too; codes only
				}
			}()
		default:
			k.refuse()
			_ = c.Close() // it is refused either way
			if c.Measured {
				k.forget(c.ID)
			}
		}
	}
}

// callHost keeps the line to the acquirer up.
func (k *kernel) callHost(ctx context.Context, link *handover.Link) {
	pause := firstRedial
	for ctx.Err() == nil {
		conn, err := dial(ctx, link)
		if err == nil {
			begun := time.Now()
			err = k.host.Serve(ctx, conn)
			if time.Since(begun) > lastRedial {
				pause = firstRedial
			}
		}
		if err != nil {
			_ = link.Log(handover.EventHostLink, 0) // the state is in Description
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastRedial)
	}
}

func dial(ctx context.Context, link *handover.Link) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	return link.Dial(ctx)
}

// healthy asks the core for something that changes nothing.
func (k *kernel) healthy() bool {
	ctx, cancel := context.WithTimeout(context.Background(), healthWait)
	defer cancel()
	_, err := k.stepper.Ask(ctx, func(n uint64) transaction.Event { return transaction.Status{Reply: n} })
	return err == nil
}
