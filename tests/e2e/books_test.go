//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/internal/estate/desk"
)

// books are the acquirer's, through its control socket: the ledger, the issuer's
// own book, and the list of messages.
type books struct{ desk.Desk }

func faultKinds() []string {
	return []string{"silent", "close", "delay", "drop_after_booking", "close_after_booking", "wrong_stan", "wrong_mac", "duplicate"}
}

// heal ends all faults.
func (b *books) heal(ctx context.Context) error {
	var errs []error
	for _, kind := range faultKinds() {
		for _, mti := range []string{"0200", "0420", "0421", "0800", "any"} {
			errs = append(errs, b.Fault(ctx, desk.Fault{Kind: kind, MTI: mti}))
		}
	}
	return errors.Join(errs...)
}

// requests returns what the host has of an amount. Tests give every payment an
// amount of its own.
func (b *books) requests(ctx context.Context, amount int64) (out []desk.Transaction, err error) {
	all, err := b.Transactions(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.Amount == amount {
			out = append(out, t)
		}
	}
	return out, nil
}

// balanced checks the ledger by itself.
func (b *books) balanced(ctx context.Context) error {
	l, err := b.Ledger(ctx)
	if err != nil {
		return err
	}
	if !l.Balanced() {
		return fmt.Errorf("the ledger sums to %d with %d entries unbalanced", l.TrialBalance, l.Unbalanced)
	}
	return nil
}

// agree checks that both books have of this payment what the till was told, to
// the cent, and returns what the host had of it.
func (b *books) agree(ctx context.Context, p paid) ([]desk.Transaction, error) {
	var want int64
	if p.field("outcome") == "approved" && p.ApprovedAmount != nil && p.Money != "none" { // none: its issuer refused later
		want = *p.ApprovedAmount
	}
	requests, err := b.requests(ctx, p.Amount)
	if err != nil {
		return nil, err
	}
	var acquirer, issuer int64
	for _, r := range requests {
		acquirer += r.LedgerNet
		issuer += r.IssuerNet
		if r.State == "approved" && want == 0 {
			err = errors.Join(err, fmt.Errorf("the host has %s as approved", r.RRN))
		}
	}
	if acquirer != want || issuer != want {
		err = errors.Join(err, fmt.Errorf("terminal says %d (%s, %s), the acquirer %d, the issuer %d",
			want, p.field("outcome"), p.Money, acquirer, issuer))
	}
	return requests, errors.Join(err, b.balanced(ctx))
}
