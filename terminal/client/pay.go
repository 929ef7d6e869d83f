package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// ErrNeverSeen reports a key under which nothing has begun. It may be used.
var ErrNeverSeen = errors.New("client: no payment has this key")

// ErrUnfinished reports that the context ended before the payment did: ask Recover
// with its key. Until then don't hand over goods, and don't charge again.
var ErrUnfinished = errors.New("client: it is not known yet how the payment ends")

// Pay begins a payment under a key, or finds the one that the key has, and follows it
// to its outcome. A decline is no error. A *ProblemError means that nothing began.
func (c *Client) Pay(ctx context.Context, key string, r Request) (Payment, error) {
	return c.run(ctx, "/v1/payments", key, r)
}

// Capture takes of what a preauth holds; last releases the rest.
func (c *Client) Capture(ctx context.Context, key, id string, amount int64, last bool) (Payment, error) {
	return c.run(ctx, paymentPath(id)+"/capture", key, map[string]any{"amount": amount, "last": last})
}

// Increment holds more under a preauth.
func (c *Client) Increment(ctx context.Context, key, id string, amount int64) (Payment, error) {
	return c.run(ctx, paymentPath(id)+"/increment", key, map[string]any{"amount": amount})
}

// Refund gives back of what was captured.
func (c *Client) Refund(ctx context.Context, key, id string, amount int64) (Payment, error) {
	return c.run(ctx, paymentPath(id)+"/refunds", key, map[string]any{"amount": amount})
}

// Void takes a payment back before its batch is closed.
func (c *Client) Void(ctx context.Context, key, id string) (Payment, error) {
	return c.run(ctx, paymentPath(id)+"/void", key, struct{}{})
}

func (c *Client) run(ctx context.Context, path, key string, in any) (Payment, error) {
	var p Payment
	if err := c.surely(ctx, func() error { return c.ask(ctx, http.MethodPost, path, key, in, &p) }); err != nil {
		return p, unfinished(ctx, err)
	}
	return c.Follow(ctx, p)
}

// Follow waits for the outcome of a payment, over whatever interrupts it.
func (c *Client) Follow(ctx context.Context, p Payment) (Payment, error) {
	for p.Outcome == "" {
		path := fmt.Sprintf("%s?wait=%d&since=%d", paymentPath(p.ID), waitSeconds, p.Version)
		var next Payment
		if err := c.surely(ctx, func() error { return c.ask(ctx, http.MethodGet, path, "", nil, &next) }); err != nil {
			return p, unfinished(ctx, err)
		}
		p = next
	}
	return p, nil
}

func unfinished(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.Join(ErrUnfinished, err)
	}
	return err
}

// Recover answers "what happened to this key?": the payment as it stands, or
// ErrNeverSeen. Follow goes on with it.
func (c *Client) Recover(ctx context.Context, key string) (Payment, error) {
	var p Payment
	err := c.surely(ctx, func() error {
		return c.ask(ctx, http.MethodGet, "/v1/payments?idempotency_key="+url.QueryEscape(key), "", nil, &p)
	})
	if IsCode(err, "never_seen") {
		return p, ErrNeverSeen
	}
	return p, err
}

// Get returns a payment as it stands.
func (c *Client) Get(ctx context.Context, id string) (Payment, error) {
	var p Payment
	err := c.ask(ctx, http.MethodGet, paymentPath(id), "", nil, &p)
	return p, err
}

// Cancel asks that a payment end without charge. It may lose: its outcome says who won.
func (c *Client) Cancel(ctx context.Context, id string) error {
	return c.surely(ctx, func() error { return c.ask(ctx, http.MethodPost, paymentPath(id)+"/cancel", "", nil, nil) })
}

// Receipt returns one copy, merchant or customer, as json, text, html or escpos.
func (c *Client) Receipt(ctx context.Context, id, copy, format string) ([]byte, error) {
	var b []byte
	q := url.Values{"copy": {copy}, "format": {format}}
	err := c.ask(ctx, http.MethodGet, paymentPath(id)+"/receipt?"+q.Encode(), "", nil, &b)
	return b, err
}

// CloseBatch closes the batch that is open, and waits until both sides have told
// their totals. The same key is the same batch for ever.
func (c *Client) CloseBatch(ctx context.Context, key string) (Batch, error) {
	var b Batch
	err := c.surely(ctx, func() error {
		return c.ask(ctx, http.MethodPost, "/v1/batches/current/close", key, struct{}{}, &b)
	})
	for pause := firstPause; err == nil && b.State != "closed" && b.State != "differs"; pause = min(2*pause, longestPause) {
		select {
		case <-ctx.Done():
			return b, errors.Join(ErrUnfinished, ctx.Err())
		case <-time.After(pause):
		}
		err = c.surely(ctx, func() error { return c.ask(ctx, http.MethodGet, fmt.Sprintf("/v1/batches/%d", b.Batch), "", nil, &b) })
	}
	return b, err
}

func paymentPath(id string) string { return "/v1/payments/" + url.PathEscape(id) }
