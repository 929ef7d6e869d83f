package virtualcard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// swipeWithin bounds how long a swipe takes to reach the head.
const swipeWithin = 5 * time.Second

// Unreadable is what a head sends for a stripe that it could not read.
const Unreadable = "%E?;E?"

// Swipe draws the card's stripe through the head that listens at a Unix socket,
// as serial heads send it: track 1, track 2, a carriage return. A stripe with
// nothing on it is unreadable.
func Swipe(ctx context.Context, head string, p Profile) error {
	p.setDefaults()
	if err := p.check(); err != nil {
		return err
	}
	one, two := p.Stripe()
	if one+two == "" {
		return swipe(ctx, head, Unreadable)
	}
	return swipe(ctx, head, one+two)
}

// SwipeText draws a stripe that says something else through the head.
func SwipeText(ctx context.Context, head, text string) error { return swipe(ctx, head, text) }

func swipe(ctx context.Context, head, text string) error {
	ctx, cancel := context.WithTimeout(ctx, swipeWithin)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", head)
	if err != nil {
		return errors.New("swiping a card: the reader has no magnetic stripe head")
	}
	_, err = io.WriteString(conn, text+"\r")
	if err = errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("swiping a card: %w", err)
	}
	return nil
}
