package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
)

// tell tells one address of event after event until ctx ends or it is given up.
func (c *Courier) tell(ctx context.Context, h journal.Webhook) {
	p, err := newPoster(h.URL, h.Secret, c.cfg.Roots)
	if err != nil {
		return // CheckURL let it in
	}
	defer p.client.CloseIdleConnections()
	for ctx.Err() == nil && h.State == Active {
		changed := c.cfg.Source.Changed() // before the look, so that no event falls between
		more, err := c.tellPage(ctx, p, &h)
		if err != nil {
			if ctx.Err() == nil {
				c.cfg.Log.Error("webhook stopped", "webhook", h.ID, "error", err)
			}
			return
		}
		if more {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// tellPage tells what is new, up to one page; more says that another may be there.
func (c *Courier) tellPage(ctx context.Context, p *poster, h *journal.Webhook) (more bool, err error) {
	events, gap, err := c.cfg.Source.EventsAfter(h.Position, page)
	if err != nil {
		return false, err
	}
	if gap {
		return true, c.tellGap(ctx, p, h, events)
	}
	for _, e := range events {
		m, err := paymentMessage(e)
		if err != nil {
			return false, err
		}
		if delivered, err := c.deliver(ctx, p, h, m); err != nil || !delivered {
			return false, errors.Join(err, c.keep(*h)) // what was told before need not be told again
		}
		h.Position = e.Number
	}
	if len(events) == 0 {
		return false, nil
	}
	return len(events) == page, c.keep(*h)
}

// tellGap tells that events are missing and goes on behind them.
func (c *Courier) tellGap(ctx context.Context, p *poster, h *journal.Webhook, events []journal.Event) error {
	resume, err := c.cfg.Source.NewestEvent()
	if err != nil {
		return err
	}
	if len(events) > 0 {
		resume = events[0].Number - 1
	}
	m, err := gapMessage(h.Position, resume, c.cfg.Now())
	if err != nil {
		return err
	}
	if delivered, err := c.deliver(ctx, p, h, m); err != nil || !delivered {
		return err
	}
	h.Position = resume
	return c.keep(*h)
}

// deliver tries a message until it is taken, and reports whether it was. Where it is
// given up, h says why.
func (c *Courier) deliver(ctx context.Context, p *poster, h *journal.Webhook, m message) (bool, error) {
	for {
		if err := c.await(ctx, h.Next); err != nil {
			return false, err
		}
		status, err := p.post(ctx, m, c.cfg.Now())
		if ctx.Err() != nil {
			return false, ctx.Err() // not the address's fault
		}
		h.Status = status
		if err == nil && status >= 200 && status < 300 {
			h.Failures = 0
			return true, nil
		}
		if given := c.missed(h, status); given {
			return false, c.keep(*h)
		}
		if err := c.keep(*h); err != nil {
			return false, err
		}
	}
}

// missed counts a failure, and reports whether the address is given up.
func (c *Courier) missed(h *journal.Webhook, status int) bool {
	h.Failures++
	h.Next = c.cfg.Now().Add(c.cfg.Pause(h.Failures)).UTC().Truncate(time.Millisecond)
	switch {
	case status == http.StatusGone:
		h.State = Gone
	case h.Failures >= maxTries:
		h.State = Failed
	}
	c.cfg.Log.Warn("webhook not delivered", "webhook", h.ID, "status", status, "failures", h.Failures, "state", h.State)
	return h.State != Active
}

// await waits until a time, at most as long as the longest pause: the clock may have
// been set back.
func (c *Courier) await(ctx context.Context, until time.Time) error {
	d := min(until.Sub(c.cfg.Now()), c.cfg.Pause(maxTries))
	t := time.NewTimer(max(0, d))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
