package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

const (
	// warmUp sales come before the measured ones: pools, caches, branch tables.
	warmUp = 10
	// between is the pause in which the kernel makes its next instance ready, as
	// it does in a shop while the receipt is printed.
	between = 50 * time.Millisecond
	amount  = 1250 // minor units
)

// measureSales makes sales of both kinds in turn.
func measureSales(l *lane, sales int) ([]Row, error) {
	if sales < 1 {
		return nil, errors.New("-sales must be at least 1")
	}
	var protected, plain []time.Duration
	for i := range warmUp + sales {
		p, err := l.sell()
		if err != nil {
			return nil, err
		}
		time.Sleep(between)
		begun := time.Now()
		if _, err := l.plain.sell(amount); err != nil {
			return nil, err
		}
		if i >= warmUp {
			protected, plain = append(protected, p), append(plain, time.Since(begun))
		}
	}
	busy, plainBusy, err := l.sellWithoutPause(sales/2 + 1)
	if err != nil {
		return nil, err
	}
	slices.Sort(protected)
	slices.Sort(plain)
	return []Row{
		row("sale with chip and PIN", "ms", millis(median(protected)), millis(median(plain))),
		row("sale with chip and PIN, 95 of 100 are faster", "ms", millis(quantile(protected, 0.95)), millis(quantile(plain, 0.95))),
		row("sale with chip and PIN, one after the other without a pause", "ms", millis(median(busy)), millis(median(plainBusy))),
	}, nil
}

// sellWithoutPause makes sales in runs of ten of each kind: the secure world then
// finds its next instance not always ready.
func (l *lane) sellWithoutPause(sales int) (protected, plain []time.Duration, err error) {
	for i := range 2 * sales {
		if i/10%2 == 0 {
			p, err := l.sell()
			if err != nil {
				return nil, nil, err
			}
			protected = append(protected, p)
			continue
		}
		begun := time.Now()
		if _, err := l.plain.sell(amount); err != nil {
			return nil, nil, err
		}
		plain = append(plain, time.Since(begun))
	}
	if len(plain) == 0 { // fewer sales than one run
		begun := time.Now()
		_, err = l.plain.sell(amount)
		plain = append(plain, time.Since(begun))
	}
	return protected, plain, err
}

// sell makes one protected sale: from the command until the app world knows the
// durable outcome.
func (l *lane) sell() (time.Duration, error) {
	id, err := payment.NewID(rand.Reader)
	if err != nil {
		return 0, err
	}
	after, err := l.lastEvent()
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if _, err := l.app.Start(mailbox.Start{ID: id, Type: payment.TypeSale, Amount: amount, Currency: payment.EUR, TimeoutSeconds: 30}); err != nil {
		return 0, err
	}
	for time.Since(begun) < 30*time.Second {
		e, err := l.app.Events(after, 10_000)
		if err != nil {
			return 0, err
		}
		if !e.Present {
			continue
		}
		after = e.Number
		if v := e.View; v.ID == id && v.Outcome != payment.OutcomeNone {
			return time.Since(begun), approved(v)
		}
	}
	return 0, errors.New("a protected sale does not end")
}

func approved(v mailbox.View) error {
	if v.Outcome != payment.OutcomeApproved || !v.Receipt.Completed {
		return fmt.Errorf("a protected sale ended as %v, failure %v, decline %v", v.Outcome, v.Failure, v.Decline)
	}
	return nil
}

// lastEvent skips what happened before, such as the last sale's events.
func (l *lane) lastEvent() (payment.Count, error) {
	for {
		e, err := l.app.Events(l.seen, 0)
		if err != nil || !e.Present {
			return l.seen, err
		}
		l.seen = e.Number
	}
}
