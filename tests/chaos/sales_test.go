//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

const (
	firstAmount = 5_00
	// cardWithin is what the till lets a card be waited for, in seconds.
	cardWithin = 8
	// saleWithin bounds a sale with all faults that may fall on it.
	saleWithin = 4 * time.Minute
	again      = 50 * time.Millisecond
	handsEvery = 3 // presentations of one card before the cardholder gives up
)

// sale is what a customer comes with.
type sale struct {
	*key
	card   bureau.Card
	tapped bool
	of     string        // refund: of this payment
	cancel time.Duration // after the beginning; 0: not
	told   paid          // in the end
}

// paid is a payment as the terminal tells it.
type paid struct {
	ID       string `json:"id"`
	Version  uint64 `json:"version"`
	Type     string `json:"type"`
	Status   string `json:"status"`
	Outcome  string `json:"outcome"`
	Money    string `json:"money"`
	Approved *int64 `json:"approved_amount"`
}

func (p paid) net() int64 {
	switch {
	case p.Outcome != "approved" || p.Approved == nil:
		return 0
	case p.Type == refund:
		return -*p.Approved
	}
	return *p.Approved
}

const refund = "refund"

// counter is a till with its cashier and the customers before it.
type counter struct {
	lane  *lane
	keys  *keys
	draw  *rand.Rand
	cards map[string]bureau.Card
	sales []*sale
	step  func() // called after each sale

	approved string // the latest sale that was
}

// kinds are cards by how often they come, in percent.
func kinds() []struct {
	card    string
	percent int
} {
	return []struct {
		card    string
		percent int
	}{
		{"chaos-chip", 40}, {"chaos-tap", 20}, {"chaos-pin", 16}, {"chaos-decline", 8}, {"chaos-poor", 4},
		{"chaos-refuses", 4}, {"chaos-torn", 4}, {"chaos-torn-late", 4},
	}
}

// canceledPercent of all sales are canceled at some moment.
const canceledPercent = 8

func newCounter(l *lane, draw *rand.Rand, k *keys, step func()) (*counter, error) {
	c := &counter{lane: l, keys: k, draw: draw, step: step, cards: map[string]bureau.Card{}}
	for _, o := range kinds() {
		card, err := l.Card(o.card)
		if err != nil {
			return nil, err
		}
		c.cards[o.card] = card
	}
	return c, nil
}

func (c *counter) next(k *key) *sale {
	s := &sale{key: k}
	if k.refund {
		s.of = c.approved
		return s
	}
	n := c.draw.IntN(100)
	for _, o := range kinds() {
		if n -= o.percent; n < 0 {
			s.card, s.tapped = c.cards[o.card], o.card == "chaos-tap"
			break
		}
	}
	if c.draw.IntN(100) < canceledPercent {
		s.cancel = 1 + time.Duration(c.draw.IntN(400))*time.Millisecond
	}
	return s
}

// work makes all sales, one after the other.
func (c *counter) work(ctx context.Context) error {
	for _, k := range c.keys.all {
		s := c.next(k)
		if s.of == "" && k.refund {
			continue // there is nothing to be given back yet
		}
		if err := c.sell(ctx, s); err != nil {
			return fmt.Errorf("lane %d, sale of %d: %w", c.lane.number, s.amount, err)
		}
		c.sales = append(c.sales, s)
		if s.told.net() > 0 {
			c.approved = s.told.ID
		}
		c.step()
	}
	return nil
}

// sell is a sale from the amount to the outcome.
func (c *counter) sell(ctx context.Context, s *sale) error {
	ctx, cancel := context.WithTimeout(ctx, saleWithin)
	defer cancel()
	id, err := c.begin(ctx, s)
	if err != nil {
		return err
	}
	if s.cancel != 0 {
		wait := time.AfterFunc(s.cancel, func() { c.cancelPayment(ctx, id) })
		defer wait.Stop()
	}
	served, leave := context.WithCancel(ctx)
	var customer sync.WaitGroup
	customer.Go(func() { c.customer(served, s) })
	s.told, err = c.follow(ctx, id)
	leave()
	customer.Wait()
	bye, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	return errors.Join(err, c.lane.Pull(bye), c.lane.Away(bye))
}

// begin asks under the same key until the payment has begun.
func (c *counter) begin(ctx context.Context, s *sale) (id string, err error) {
	for {
		s.send()
		p, err := c.start(ctx, s)
		if err == nil {
			return p.ID, s.accept(p.ID)
		}
		var refused *till.Problem
		if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError && refused.Status != http.StatusConflict {
			return "", fmt.Errorf("starting: %w", err)
		}
		if waitErr := pause(ctx, again); waitErr != nil {
			return "", fmt.Errorf("starting: %w", errors.Join(err, waitErr))
		}
	}
}

func (c *counter) start(ctx context.Context, s *sale) (till.Payment, error) {
	if s.refund {
		return c.lane.Till.Refund(ctx, s.name, s.of, s.amount)
	}
	return c.lane.Till.Start(ctx, s.name, till.Request{Amount: s.amount, Currency: "EUR", TimeoutS: cardWithin})
}

// cancelPayment asks once; where nobody hears it the sale goes on.
func (c *counter) cancelPayment(ctx context.Context, id string) { _, _ = c.lane.Till.Cancel(ctx, id) }

// follow asks until there is an outcome. The terminal may be away meanwhile.
func (c *counter) follow(ctx context.Context, id string) (p paid, err error) {
	path := "/v1/payments/" + id
	for {
		q := p
		if err = c.lane.Till.Get(ctx, path, &q); err == nil {
			if p = q; p.Outcome != "" {
				return p, nil
			}
			path = fmt.Sprintf("/v1/payments/%s?wait=2&since=%d", id, p.Version)
			continue
		}
		path = "/v1/payments/" + id
		if waitErr := pause(ctx, again); waitErr != nil {
			return p, fmt.Errorf("following %+v: %w", p, errors.Join(err, waitErr))
		}
	}
}

// customer does what the reader's display asks for, until the sale is over: presents
// the card, once more where it was not read, and takes it away. The PIN is typed by
// whoever stands at the PIN pad.
func (c *counter) customer(ctx context.Context, s *sale) {
	mine := fmt.Sprintf("%d.%02d EUR", s.amount/100, s.amount%100)
	for presented, seen := 0, ""; ; {
		text, err := c.lane.ReaderDisplay(ctx, seen)
		if err != nil {
			return
		}
		seen = text
		amount, words, _ := strings.Cut(text, " · ")
		switch {
		case amount != mine:
		case strings.Contains(words, "REMOVE CARD FIRST"):
			_ = errors.Join(c.lane.Pull(ctx), c.lane.Away(ctx))
		case strings.Contains(words, "TAP") || strings.Contains(words, "INSERT") || strings.Contains(words, "AGAIN"):
			if presented++; presented <= handsEvery {
				_ = c.present(ctx, s)
			}
		}
	}
}

func (c *counter) present(ctx context.Context, s *sale) error {
	if s.tapped {
		return errors.Join(c.lane.Away(ctx), c.lane.Tap(ctx, s.card.Profile))
	}
	return errors.Join(c.lane.Pull(ctx), c.lane.Insert(ctx, s.card.Profile))
}

// typePINs stands at the PIN pad until ctx ends.
func typePINs(ctx context.Context, l *lane) {
	for ctx.Err() == nil {
		s, err := l.PINPad.Await(ctx, "pin")
		if err == nil && s.Dots == 0 {
			err = l.PINPad.Type(ctx, bureau.DemoPIN)
		}
		if err == nil {
			err = l.PINPad.Press(ctx, "ok")
		}
		// The screen changes once the PIN is taken; until then it is not asked again.
		for err == nil && s.State == "pin" && ctx.Err() == nil {
			s, err = l.PINPad.Change(ctx, s.Seq)
		}
		_ = pause(ctx, lookEvery)
	}
}
