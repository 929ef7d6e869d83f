package magstripe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// A Swipe is one pass of a card. Whoever gets it wipes the stripe.
type Swipe struct {
	Stripe *Stripe // nil where the read was bad
	Bad    bool    // something passed the head and could not be read
}

// A Head delivers swipes as lines of text: %…?;…? and CR, LF or both, as serial
// heads send them.
type Head struct {
	LRC bool // it sends an LRC behind each end sentinel
}

// conn is where a head's characters come from.
type conn interface {
	Read([]byte) (int, error)
	SetReadDeadline(time.Time) error
}

// room holds a swipe with its line end, and is cleared behind each.
type room struct {
	buf  [maxSwipe + 1]byte
	n    int
	skip bool // too long: nothing counts until the line ends
}

// read tells each swipe that comes from c until c ends or fails. A swipe has
// swipeWithin for all of it; one that has not is bad.
func (h Head) read(c conn, tell func(Swipe)) error {
	var r room
	defer r.clear()
	for {
		n, err := c.Read(r.buf[r.n:])
		started := r.pending()
		r.n += n
		if h.drain(&r, tell) {
			started = false
		}
		if err != nil {
			h.lost(&r, tell)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		}
		if err == nil {
			err = pace(c, started, r.pending())
		}
		if err != nil {
			h.lost(&r, tell)
			return err
		}
	}
}

// pace starts the clock with a swipe's first byte and stops it between swipes.
func pace(c conn, started, pending bool) error {
	switch {
	case !pending:
		return c.SetReadDeadline(time.Time{})
	case !started:
		return c.SetReadDeadline(time.Now().Add(swipeWithin))
	default:
		return nil
	}
}

func (r *room) pending() bool { return r.n > 0 || r.skip }

func (r *room) clear() { *r = room{} }

// lost ends a swipe that will not be whole.
func (h Head) lost(r *room, tell func(Swipe)) {
	if r.n > 0 && !r.skip {
		tell(Swipe{Bad: true})
	}
	r.clear()
}

// drain takes all whole lines out of the room and says whether there was one.
func (h Head) drain(r *room, tell func(Swipe)) (ended bool) {
	for {
		end := bytes.IndexAny(r.buf[:r.n], "\r\n")
		if end < 0 {
			break
		}
		if end > 0 && !r.skip {
			tell(h.swipe(r.buf[:end]))
		}
		r.skip, ended = false, true
		r.drop(end + 1)
	}
	if r.n == len(r.buf) && !r.skip {
		tell(Swipe{Bad: true})
		r.skip = true
	}
	if r.skip {
		r.drop(r.n)
	}
	return ended
}

// drop forgets the first n bytes.
func (r *room) drop(n int) {
	left := copy(r.buf[:], r.buf[n:r.n])
	clear(r.buf[left:])
	r.n = left
}

func (h Head) swipe(line []byte) Swipe {
	s, err := Parse(line, h.LRC)
	if err != nil {
		return Swipe{Bad: true}
	}
	return Swipe{Stripe: s}
}

// Watch tells every swipe that the head at path makes, one at a time, until ctx
// ends (nil) or the source fails. A character device or FIFO is opened: its line
// must be raw and without echo already. Anywhere else Watch makes a Unix socket,
// mode 0600, that one head at a time connects to.
func (h Head) Watch(ctx context.Context, path string, tell func(Swipe)) error {
	err := h.watch(ctx, path, tell)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("watching the magnetic stripe head: %w", err)
	}
	return nil
}

func (h Head) watch(ctx context.Context, path string, tell func(Swipe)) error {
	info, err := os.Stat(path)
	if err == nil && info.Mode()&(os.ModeCharDevice|os.ModeNamedPipe) != 0 {
		return h.device(ctx, path, info.Mode(), tell)
	}
	if err == nil && info.Mode()&os.ModeSocket == 0 {
		return errors.New("neither a device nor a socket")
	}
	return h.socket(ctx, path, tell)
}
