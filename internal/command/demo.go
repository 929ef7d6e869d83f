//go:build linux

package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// demoAmount is what the demo's sale costs, in minor units.
const demoAmount = 1234

// saleWithin bounds the demo's sale; it takes about a second.
const saleWithin = 90 * time.Second

// Result is what a demo came to; `--json` prints it.
type Result struct {
	OK             bool          `json:"ok"` // all five below
	Approved       bool          `json:"approved"`
	CardCompleted  bool          `json:"tc"`           // the card's second cryptogram is a TC
	PINVerified    bool          `json:"pin_verified"` // as the receipt says, and the issuer booked
	LedgerBalanced bool          `json:"ledger_balanced"`
	Tapped         bool          `json:"tapped"` // the second payment: approved, contactless
	Payment        till.Payment  `json:"payment"`
	Receipt        *till.Receipt `json:"receipt"`
	Tap            till.Payment  `json:"tap"`
	LedgerNet      int64         `json:"ledger_net"` // what the merchant got, minor units
	IssuerNet      int64         `json:"issuer_net"` // what the cardholder paid
	Security       till.Security `json:"security"`
	SeparateUsers  bool          `json:"separate_users"`
	Memory         *Memory       `json:"memory"` // null: not measured, needs root
	ReadySeconds   float64       `json:"ready_seconds"`
	SaleSeconds    float64       `json:"sale_seconds"` // sweeping for the card not counted
	Demo           string        `json:"demo"`
}

// errResult ends a demo whose sale was not what it should be.
var errResult = errors.New("the sale was not approved, verified and booked as it should have been")

// demo is `strongroom demo`.
func demo(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var s settings
	f := flags("demo", stderr, &s)
	laneFlags(f, &s)
	f.StringVar(&s.tray, "tray", defaultTray, "loopback `address` of the card tray's page")
	f.BoolVar(&s.once, "once", false, "end after the sale; the exit status is its result")
	f.BoolVar(&s.json, "json", false, "print the result as one JSON object")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	if err := s.settle(); err != nil {
		return err
	}
	out := stdout
	if s.json {
		out = stderr
	}
	lane, took, err := bringUp(ctx, s, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lane.Stop()) }()
	fmt.Fprintf(out, "  %-14s ready %6.2f s\n", "lane", took.Seconds())
	r, err := show(ctx, lane, out)
	r.ReadySeconds = took.Seconds()
	if err != nil {
		return err
	}
	return conclude(ctx, s, lane, r, stdout, out)
}

// conclude reports the result and, where wanted, stays.
func conclude(ctx context.Context, s settings, lane *estate.Lane, r Result, stdout, out io.Writer) error {
	if s.json {
		if err := json.NewEncoder(stdout).Encode(r); err != nil {
			return err
		}
	}
	if s.once {
		if !r.OK {
			return errResult
		}
		return nil
	}
	return stayWithTray(ctx, s, lane, out)
}

// show makes the sale and shows everything about it.
func show(ctx context.Context, lane *estate.Lane, out io.Writer) (r Result, err error) {
	r.Demo = "demo keys, software secure world, not a PCI-listed solution"
	r.SeparateUsers = lane.Separate()
	if r.Security, err = tellProtection(ctx, lane, out); err != nil {
		return r, err
	}
	card, err := lane.NewCard(ctx, bureau.Order{Name: "canary", Balance: 100 * demoAmount})
	if err != nil {
		return r, err
	}
	watch, err := newWatch(lane, card)
	if err != nil {
		return r, err
	}
	if err := sell(ctx, lane, card, watch, &r, out); err != nil {
		return r, err
	}
	if err := r.settle(ctx, lane); err != nil {
		return r, err
	}
	if err := tell(ctx, lane, r, out); err != nil {
		return r, err
	}
	if err := r.tapOnce(ctx, lane, out); err != nil {
		return r, err
	}
	tellMemory(r.Memory, out)
	return r, nil
}

func sell(ctx context.Context, lane *estate.Lane, card bureau.Card, watch *watch, r *Result, out io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, saleWithin)
	defer cancel()
	fmt.Fprintf(out, "\nA sale of %s, chip and PIN\n", euro(demoAmount))
	began := time.Now()
	r.Payment, err = lane.Sell(ctx, estate.Sale{
		Request: till.Request{Amount: demoAmount, Currency: "EUR", Reference: "demo"}, Card: card,
		See: teller(out, began), Typed: watch.during,
	})
	r.SaleSeconds = (time.Since(began) - watch.took).Seconds()
	if err != nil {
		return err
	}
	watch.after()
	r.Memory = watch.memory()
	return nil
}

// teller prints each change once.
func teller(out io.Writer, began time.Time) func(till.Payment) {
	last := ""
	return func(p till.Payment) {
		now := p.Stage
		if p.Completed() {
			now = "completed: " + p.Outcome
		} else if now == "" {
			now = p.Status
		}
		if now != last {
			fmt.Fprintf(out, "  %6.2f s  %s\n", time.Since(began).Seconds(), words(now))
		}
		last = now
	}
}

// settle asks each party by itself what the sale came to.
func (r *Result) settle(ctx context.Context, lane *estate.Lane) error {
	receipt, err := lane.Till.Receipt(ctx, r.Payment.ID)
	if err != nil {
		return err
	}
	books, err := lane.Desk.Payment(ctx, receipt.TerminalID, receipt.RRN)
	if err != nil {
		return err
	}
	ledger, err := lane.Desk.Ledger(ctx)
	if err != nil {
		return err
	}
	r.Receipt, r.LedgerNet, r.IssuerNet = &receipt, books.LedgerNet, books.IssuerNet
	r.Approved = r.Payment.Outcome == "approved" && r.Payment.Money == "captured"
	r.CardCompleted = receipt.Chip != nil && receipt.Chip.Kind == "TC"
	r.PINVerified = receipt.Verification == "PIN verified"
	r.LedgerBalanced = ledger.Balanced() && books.LedgerNet == books.IssuerNet && books.LedgerNet == demoAmount
	return nil
}
