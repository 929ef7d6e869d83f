//go:build linux

package estate

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
)

// startedAgain is how often a reader that has ended is looked for.
const startedAgain = 100 * time.Millisecond

// ReaderDisplay waits until the reader's display shows something else than seen,
// and returns it: an amount and words with a middle dot between them, or words;
// empty while the reader does not run.
func (l *Lane) ReaderDisplay(ctx context.Context, seen string) (string, error) {
	for {
		text, changed, ended := l.display(Reader)
		if text != seen {
			return text, nil
		}
		var again <-chan time.Time
		if ended == nil {
			again = time.After(startedAgain)
		}
		select {
		case <-changed:
		case <-ended:
		case <-again:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// display is what a program's display shows; the channels are nil where it does
// not run.
func (l *Lane) display(name string) (text string, changed, ended <-chan struct{}) {
	c := l.child(name)
	if c == nil {
		return "", nil, nil
	}
	text, changed = c.Display()
	if changed == nil {
		return "", nil, nil
	}
	return text, changed, c.Done()
}

// PINPadDisplay waits for another screen than the one with number seen, or for a
// long poll's end; without a number it returns the screen of now.
func (l *Lane) PINPadDisplay(ctx context.Context, seen *uint64) (cardholder.Screen, error) {
	if seen == nil {
		return l.PINPad.Screen(ctx)
	}
	return l.PINPad.Change(ctx, *seen)
}
