package host_test

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

func TestAHoldIsCapturedInPartsAndTheLastReleasesTheRest(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(5_000))
	approval := b.wants(hold, approved).String(38)
	b.has(last4, 10_000, 5_000)
	b.wants(b.by(c, testlane.SaleOf(5_001)), hostspec.ResponseInsufficientFunds) // what is held is not there
	b.wants(b.terminal.Increment(t, hold, approval, 1_000), approved)
	b.has(last4, 10_000, 6_000)
	first := b.terminal.Capture(t, hold, approval, 2_000, false)
	b.wants(first, approved)
	b.wants(b.terminal.Repeat(t, hostspec.MTIAdviceRepeat, first), approved)
	b.has(last4, 8_000, 4_000)
	b.wants(b.terminal.Capture(t, hold, approval, 4_001, false), hostspec.ResponseLimit)
	b.has(last4, 8_000, 4_000)
	last := b.terminal.Capture(t, hold, approval, 1_500, true)
	b.wants(last, approved)
	b.has(last4, 6_500, 0)
	b.books(first, 2_000)
	b.books(last, 1_500)
	b.wants(b.terminal.Capture(t, hold, approval, 1, true), hostspec.ResponseLimit)
	b.wants(b.terminal.Increment(t, hold, approval, 1), hostspec.ResponseNoOriginal)
	if a := b.account(hold); a.captured != 3_500 || a.held != 0 {
		t.Errorf("%+v", a)
	}
}

func TestWhatContinuesAPaymentNamesItWhole(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(1_000))
	approval := b.wants(hold, approved).String(38)
	sale := b.by(c, testlane.SaleOf(1_000))
	sold := b.wants(sale, approved).String(38)
	never := b.by(c, testlane.HoldOf(1_000))
	other := func(change func(m *codec.Message)) testlane.Message {
		m := b.terminal.Capture(t, hold, approval, 100, false)
		change(m.Fields)
		return b.terminal.Repeat(t, hostspec.MTIAdvice, m)
	}
	for why, m := range map[string]testlane.Message{
		"never seen":        b.terminal.Capture(t, never, approval, 100, false),
		"another approval":  b.terminal.Capture(t, hold, "999999", 100, false),
		"a sale":            b.terminal.Capture(t, sale, sold, 100, false),
		"a sale, increment": b.terminal.Increment(t, sale, sold, 100),
		"another DE 7":      other(func(m *codec.Message) { m.SetString(90, strings.Replace(m.String(90), "0102030405", "0102030406", 1)) }),
		"another type": other(func(m *codec.Message) {
			m.SetString(90, "0200"+m.String(90)[4:])
		}),
	} {
		if got := b.ask(m).String(39); got != hostspec.ResponseNoOriginal {
			t.Errorf("%s: %s", why, got)
		}
	}
	b.has(last4, 9_000, 1_000)
}

func TestAHoldIsTakenBackWithItsIncrementsAndCaptures(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(5_000))
	approval := b.wants(hold, approved).String(38)
	increment := b.terminal.Increment(t, hold, approval, 1_000)
	b.wants(increment, approved)
	capture := b.terminal.Capture(t, hold, approval, 2_000, false)
	b.wants(capture, approved)
	for range 2 {
		b.wants(b.terminal.Void(t, hold), approved)
		b.has(last4, 10_000, 0)
	}
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, capture), approved) // is taken back already
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, increment), approved)
	b.wants(b.terminal.Capture(t, hold, approval, 1, false), hostspec.ResponseNoOriginal)
	b.has(last4, 10_000, 0)
}

func TestPartsOfAHoldAreTakenBackOneByOne(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(5_000))
	approval := b.wants(hold, approved).String(38)
	increment := b.terminal.Increment(t, hold, approval, 1_000)
	b.wants(increment, approved)
	capture := b.terminal.Capture(t, hold, approval, 5_500, true)
	b.wants(capture, approved)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, increment), hostspec.ResponseLimit) // was captured
	b.has(last4, 4_500, 0)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, capture), approved)
	b.has(last4, 10_000, 5_500) // what the last capture released stays released
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversalRepeat, increment), approved)
	b.has(last4, 10_000, 4_500)
	b.wants(b.terminal.Capture(t, hold, approval, 4_500, true), approved)
	b.has(last4, 5_500, 0)
}
