package virtualcard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// swipeWithin bounds how long a swipe takes to reach the head.
const swipeWithin = 5 * time.Second

// Swipe draws the card's stripe through the head that listens at a Unix socket,
// as serial heads send it: track 1, track 2, a carriage return. A stripe with
// nothing on it is a bad read, not nothing.
func Swipe(ctx context.Context, head string, p Profile) error {
	p.setDefaults()
	if err := p.check(); err != nil {
		return err
	}
	return swipe(ctx, head, stripeText(p))
}

// stripeText is what a head sends for the card, without LRC.
func stripeText(p Profile) string {
	rest := p.Expiry + p.ServiceCode
	return "%B" + p.PAN + "^CARD/VIRTUAL^" + rest + "?" + ";" + strings.Replace(p.Track2(), "D", "=", 1) + "?"
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
