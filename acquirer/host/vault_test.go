package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// A card that a customer wants back, or whose payment nobody knows of, is not on file;
// one that another payment had kept too is.
func TestACardOnFileGoesWithTheLastPaymentThatHadItKept(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	charge := func(response string) {
		t.Helper()
		b.wants(b.terminal.Stored(t, 100, testlane.Token(1)), response)
	}
	keep := func() testlane.Message {
		m := b.by(c, testlane.SaleOf(100, testlane.Token(1)))
		b.wants(m, approved)
		charge(approved)
		return m
	}
	for _, back := range []func(testlane.Message) testlane.Message{
		func(m testlane.Message) testlane.Message { return b.terminal.Reversal(t, hostspec.MTIReversal, m) },
		func(m testlane.Message) testlane.Message { return b.terminal.Void(t, m) },
	} {
		first, second := keep(), keep()
		b.wants(b.by(c, testlane.SaleOf(20_000, testlane.Token(1))), hostspec.ResponseInsufficientFunds) // keeps nothing
		for range 2 {
			b.wants(back(first), approved)
			charge(approved)
		}
		b.wants(back(second), approved)
		charge(hostspec.ResponseNoCard)
	}
	hold := b.by(c, testlane.Order{MTI: hostspec.MTIAuthorisation, Processing: hostspec.ProcessingSale, Amount: 100, Elements: []hostspec.Element{testlane.Token(1)}})
	approval := b.wants(hold, approved).String(38)
	capture := b.terminal.Capture(t, hold, approval, 50, false)
	b.wants(capture, approved)
	b.wants(b.terminal.Void(t, capture), approved)
	charge(approved) // the capture kept nothing
	b.wants(b.terminal.Return(t, keep(), 100), approved)
	charge(approved) // a refund takes nothing back
	b.wants(b.terminal.Void(t, hold), approved)
	charge(approved)
	if n := b.rows("vault"); n != 1 {
		t.Errorf("%d cards are on file", n)
	}
}

// Files of earlier versions do not tell which payments had a card kept.
func TestACardOnFileOfAnEarlierVersionStays(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.SaleOf(100, testlane.Token(1))), approved)
	b.edit(`DELETE FROM keepers`)
	again := b.by(c, testlane.SaleOf(100, testlane.Token(1)))
	b.wants(again, approved)
	b.wants(b.terminal.Void(t, again), approved)
	b.wants(b.terminal.Stored(t, 100, testlane.Token(1)), approved)
}

func TestACardOnFileIsKeptOnApprovalAloneAndChargedByItsToken(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.SaleOf(10_001, testlane.Token(1))), hostspec.ResponseInsufficientFunds)
	b.wants(b.terminal.Stored(t, 100, testlane.Token(1)), hostspec.ResponseNoCard)
	b.wants(b.by(c, testlane.SaleOf(100, testlane.Token(1))), approved)
	charge := b.terminal.Stored(t, 200, testlane.Token(1))
	b.wants(charge, approved)
	b.wants(b.terminal.Repeat(t, hostspec.MTIRequest, charge), approved)
	b.books(charge, 200)
	b.has(last4, 9_700, 0)
	b.wants(b.terminal.Stored(t, 200, testlane.Token(2)), hostspec.ResponseNoCard)
	b.wants(b.terminal.Stored(t, 200), hostspec.ResponseFormatError)
	b.wants(b.terminal.Stored(t, 10_000, testlane.Token(1)), hostspec.ResponseInsufficientFunds)
	if a := b.wants(b.terminal.Stored(t, 10_000, testlane.Token(1), testlane.Partial()), hostspec.ResponsePartial); a.String(4) != "000000009700" {
		t.Errorf("DE 4 %s", a.String(4))
	}
	b.wants(b.terminal.Return(t, charge, 200), approved)
	b.has(last4, 200, 0)
	assertAbsent(t, b.path, c.PAN)
}
