package host_test

import (
	"context"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// failing fails the n-th call: before it is done, or after.
type failing struct {
	host.Elements
	left  int
	after bool
}

func try[R, A any](ctx context.Context, f *failing, r R, call func(context.Context, R) (A, error)) (a A, err error) {
	f.left--
	if f.left == 0 && !f.after {
		return a, element.CodeUnavailable
	}
	a, err = call(ctx, r)
	if f.left == 0 {
		var none A
		return none, element.CodeUnavailable
	}
	return a, err
}

func tryOnly[R any](ctx context.Context, f *failing, r R, call func(context.Context, R) error) error {
	_, err := try(ctx, f, r, func(ctx context.Context, r R) (struct{}, error) { return struct{}{}, call(ctx, r) })
	return err
}

func (f *failing) OpenAccount(ctx context.Context, r element.OpenAccount) (element.Account, error) {
	return try(ctx, f, r, f.Elements.OpenAccount)
}
func (f *failing) MACVerify(ctx context.Context, r element.MACVerify) error {
	return tryOnly(ctx, f, r, f.Elements.MACVerify)
}
func (f *failing) MACGenerate(ctx context.Context, r element.MACGenerate) (element.MAC, error) {
	return try(ctx, f, r, f.Elements.MACGenerate)
}
func (f *failing) TranslatePIN(ctx context.Context, r element.TranslatePIN) (element.Translated, error) {
	return try(ctx, f, r, f.Elements.TranslatePIN)
}
func (f *failing) VerifyPIN(ctx context.Context, r element.VerifyPIN) error {
	return tryOnly(ctx, f, r, f.Elements.VerifyPIN)
}
func (f *failing) VerifyARQC(ctx context.Context, r element.VerifyARQC) (element.IssuerAuthentication, error) {
	return try(ctx, f, r, f.Elements.VerifyARQC)
}
func (f *failing) PANReference(ctx context.Context, r element.PANReference) (element.Reference, error) {
	return try(ctx, f, r, f.Elements.PANReference)
}

func (f *failing) VerifyCVV(ctx context.Context, r element.VerifyCVV) error {
	return tryOnly(ctx, f, r, f.Elements.VerifyCVV)
}
func (f *failing) VerifyCVC3(ctx context.Context, r element.VerifyCVC3) error {
	return tryOnly(ctx, f, r, f.Elements.VerifyCVC3)
}
func (f *failing) ScriptMAC(ctx context.Context, r element.ScriptMAC) (element.MAC, error) {
	return try(ctx, f, r, f.Elements.ScriptMAC)
}

// TestAnElementThatFailsAtAnyCallBooksNothing fails every call of a sale once,
// done and not done. Whatever the answer was, nothing is booked, no PIN try is
// lost, and the reversal settles.
func TestAnElementThatFailsAtAnyCallBooksNothing(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
	f := &failing{Elements: b.lane.Client}
	b.open(f)
	calls := 0
	for n := 1; ; n++ {
		spoiled := 0
		for _, after := range []bool{false, true} {
			m := b.terminal.Sale(t, c, 100, c.PIN)
			f.left, f.after = n, after
			reply, err := b.host.Handle(context.Background(), b.session(), m.Frame)
			if f.left > 0 {
				b.books(m, 100) // no call was left to fail: the control
				continue
			}
			spoiled++
			if err != nil && !errors.Is(err, host.RefusalElement) {
				t.Errorf("call %d: %v", n, err)
			}
			if err == nil && b.terminal.Check(t, m, reply.Frame).String(39) != hostspec.ResponseSystem {
				t.Errorf("call %d: another answer than 96", n)
			}
			b.books(m, 0)
			if a := b.ask(b.terminal.Reversal(t, hostspec.MTIReversal, m)); !hostspec.SettlesReversal(a.String(39)) {
				t.Errorf("call %d: the reversal does not settle", n)
			}
		}
		if spoiled == 0 {
			break
		}
		calls = n
	}
	if calls < 7 {
		t.Errorf("a sale made %d calls only", calls)
	}
	l, err := b.host.Ledger(context.Background())
	if err != nil || l.Cards[0].Tries != 3 {
		t.Error("an element's failure cost a PIN try")
	}
}

// TestAnElementThatFailsAtAnyCallOfAnyKindBooksNothing is the same for what is no sale.
// An offline approval is sent again, the same bytes, until it is judged.
func TestAnElementThatFailsAtAnyCallOfAnyKindBooksNothing(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	f := &failing{Elements: b.lane.Client}
	b.reopen(f)
	for name, o := range map[string]testlane.Order{
		"hold": testlane.HoldOf(100), "cash": testlane.CashOf(100, 50), "refund": testlane.RefundOf(100),
		"balance": testlane.BalanceOf(), "offline": testlane.OfflineOf(100),
	} {
		for n := 1; n <= 20; n++ {
			m := b.by(c, o)
			f.left, f.after = n, n%2 == 0
			reply, err := b.host.Handle(context.Background(), b.session(), m.Frame)
			if f.left > 0 {
				f.left = 0
				b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), hostspec.ResponseApproved)
				break
			}
			if err != nil && !errors.Is(err, host.RefusalElement) || err == nil && b.terminal.Check(t, m, reply.Frame).String(39) != hostspec.ResponseSystem {
				t.Errorf("%s, call %d: %v, or another answer than 96", name, n, err)
			}
			b.books(m, 0)
			if name == "offline" {
				b.wants(m, hostspec.ResponseApproved)
				b.books(m, 100)
			}
			if a := b.ask(b.terminal.Reversal(t, hostspec.MTIReversal, m)); !hostspec.SettlesReversal(a.String(39)) {
				t.Errorf("%s, call %d: the reversal does not settle", name, n)
			}
			b.has(last4, 10_000, 0)
		}
	}
}
