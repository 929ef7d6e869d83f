package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

func TestARefundGivesBackAtMostWhatWasCaptured(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	sale := b.by(c, testlane.SaleOf(1_000))
	b.wants(sale, approved)
	hold := b.by(c, testlane.HoldOf(1_000))
	approval := b.wants(hold, approved).String(38)
	b.wants(b.terminal.Return(t, hold, 1), hostspec.ResponseLimit) // nothing was captured
	b.wants(b.terminal.Capture(t, hold, approval, 1_000, true), approved)
	for _, m := range []testlane.Message{sale, hold} {
		first := b.terminal.Return(t, m, 600)
		b.wants(first, approved)
		b.wants(b.terminal.Repeat(t, hostspec.MTIRequest, first), approved) // the same message
		b.wants(b.terminal.Return(t, m, 401), hostspec.ResponseLimit)
		b.wants(b.terminal.Void(t, m), hostspec.ResponseLimit) // refunded in part
		b.wants(b.terminal.Return(t, first, 1), hostspec.ResponseNoOriginal)
		b.books(first, -600)
		if a := b.account(m); a.captured != 1_000 || a.refunded != 600 {
			t.Errorf("%+v", a)
		}
		b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, first), approved)
		b.books(first, 0)
	}
	b.has(last4, 8_000, 0)
	b.wants(b.terminal.Void(t, sale), approved) // it can be, now that the refund is gone
	b.wants(b.terminal.Return(t, sale, 1), hostspec.ResponseNoOriginal)
	b.has(last4, 9_000, 0)
}

func TestARefundThatWasSpentIsTakenBackAllTheSame(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	refund := b.by(c, testlane.RefundOf(500))
	b.wants(refund, approved)
	b.books(refund, -500)
	b.wants(b.by(c, testlane.SaleOf(10_500)), approved)
	b.wants(b.terminal.Void(t, refund), approved)
	b.books(refund, 0)
	b.has(last4, -500, 0)
	b.wants(b.by(c, testlane.SaleOf(1)), hostspec.ResponseInsufficientFunds)
}
