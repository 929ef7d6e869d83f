//go:build linux

package estate

import (
	"context"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// swapWithin is more than one of pcscd's looks into the slot (0.4 s). A reader that
// dies in a payment has its card reset by pcscd; if the card was pulled just before,
// pcscd takes the slot for empty without having looked, and never tells of a card that
// is inserted before its next look. Nobody's hand is that fast.
const swapWithin = 500 * time.Millisecond

// slotHand remembers what a hand did at the contact slot.
type slotHand struct {
	mu     sync.Mutex
	pulled time.Time
	reader int // the process that had the last card
}

// Insert puts a card into the reader's contact slot, after the time that a hand takes
// where another reader's process than the last card's serves it.
func (l *Lane) Insert(ctx context.Context, card virtualcard.Profile) error {
	if err := l.slot.ready(ctx, l.PID(Reader)); err != nil {
		return err
	}
	return l.Places.Insert(ctx, card)
}

// Pull takes the card out.
func (l *Lane) Pull(ctx context.Context) error {
	defer l.slot.emptied()
	return l.Places.Pull(ctx)
}

func (h *slotHand) ready(ctx context.Context, reader int) error {
	h.mu.Lock()
	another := h.reader != 0 && h.reader != reader
	h.reader = reader
	left := swapWithin - time.Since(h.pulled)
	h.mu.Unlock()
	if !another || left <= 0 {
		return nil
	}
	select {
	case <-time.After(left):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *slotHand) emptied() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pulled = time.Now()
}
