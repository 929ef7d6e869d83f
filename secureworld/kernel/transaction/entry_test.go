package transaction

import (
	"slices"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

const (
	moneyNone     = payment.MoneyNone
	moneyReleased = payment.MoneyReleased
	moneyCaptured = payment.MoneyCaptured
)

// withoutCard are the flows that every card shares which is not there any more
// when the host answers, or never was.
func withoutCard(how script) (out []expectation) {
	for _, e := range []expectation{
		{script{name: "approved"}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "declined", decline: true}, payment.OutcomeDeclined, moneyNone, 0},
		{script{name: "host silent", silent: true}, payment.OutcomeNotCharged, moneyReleased, payment.FailureHostTimeout},
		{script{name: "request lost", lost: true}, payment.OutcomeNotCharged, moneyNone, payment.FailureHostTimeout},
		{script{name: "bad MAC first", badMAC: true}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "half approved", partial: true}, payment.OutcomeDeclined, moneyReleased, 0},
		{script{name: "half approved, no answer", partial: true, silent: true}, payment.OutcomeNotCharged, moneyReleased, payment.FailureHostTimeout},
		{script{name: "reader lost while the host works", readerLost: phaseHost}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "PIN pad lost while the host works", padLost: phaseHost}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "card gone while the host works", pulled: phaseHost}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "canceled while the host works", cancelIn: phaseHost}, payment.OutcomeCanceled, moneyReleased, payment.FailureCanceledByMerchant},
		{script{name: "canceled, and declined", cancelIn: phaseHost, decline: true}, payment.OutcomeDeclined, moneyNone, 0},
		{script{name: "canceled, half approved", cancelIn: phaseHost, partial: true}, payment.OutcomeCanceled, moneyReleased, payment.FailureCanceledByMerchant},
		{script{name: "canceled, reader lost", cancelIn: phaseHost, readerLost: phaseHost}, payment.OutcomeCanceled, moneyReleased, payment.FailureCanceledByMerchant},
		{script{name: "host lost", hostLost: phaseHost}, payment.OutcomeNotCharged, moneyReleased, payment.FailureHostTimeout},
		{script{name: "card data refused", workFails: call.CodeCardData}, payment.OutcomeFailed, moneyNone, payment.FailureCardError},
		{script{name: "envelope does not open", workFails: call.CodeEnvelope}, payment.OutcomeFailed, moneyNone, payment.FailureEnvelopeRefused},
	} {
		e.script.name = how.name + ": " + e.script.name
		e.script.entry, e.script.keyed = how.entry, how.keyed
		out = append(out, e)
	}
	return out
}

// atTheReader are flows of cards that are read and gone.
func atTheReader(name string, mode payment.EntryMode) []expectation {
	out := withoutCard(script{name: name, entry: mode})
	for _, e := range []expectation{
		{script{name: "with PIN", pin: true}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "wrong PIN, then again", pin: true, wrongPINs: 1}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "wrong PIN three times", pin: true, wrongPINs: 3}, payment.OutcomeDeclined, moneyNone, 0},
		{script{name: "wrong PIN, half approved", pin: true, wrongPINs: 1, partial: true}, payment.OutcomeDeclined, moneyReleased, 0},
		{script{name: "reader lost while read", readerLost: phaseCard}, payment.OutcomeFailed, moneyNone, payment.FailureReaderUnavailable},
		{script{name: "reader lost at the PIN", pin: true, readerLost: phasePIN}, payment.OutcomeFailed, moneyNone, payment.FailureReaderUnavailable},
		{script{name: "card gone while read", pulled: phaseCard}, payment.OutcomeFailed, moneyNone, payment.FailureCardRemoved},
		{script{name: "PIN pad lost", pin: true, padLost: phasePIN}, payment.OutcomeFailed, moneyNone, payment.FailurePINPadUnavailable},
		{script{name: "PIN pad lost while read", padLost: phaseCard}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "canceled while read", cancelIn: phaseCard}, payment.OutcomeCanceled, moneyNone, payment.FailureCanceledByMerchant},
		{script{name: "canceled after the host's word", cancelIn: phaseFinish}, payment.OutcomeApproved, moneyCaptured, 0},
	} {
		e.script.name = name + ": " + e.script.name
		e.script.entry = mode
		out = append(out, e)
	}
	return out
}

func keyedFlows() []expectation {
	out := withoutCard(script{name: "keyed", keyed: true})
	for _, e := range []expectation{
		{script{name: "PIN pad lost", padLost: phaseKeying}, payment.OutcomeFailed, moneyNone, payment.FailurePINPadUnavailable},
		{script{name: "reader lost while keyed", readerLost: phaseKeying}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "canceled while keyed", cancelIn: phaseKeying}, payment.OutcomeCanceled, moneyNone, payment.FailureCanceledByMerchant},
		{script{name: "canceled at the keys", pinFails: pinentry.CodeCanceled}, payment.OutcomeCanceled, moneyNone, payment.FailureCanceledByCustomer},
		{script{name: "time is up at the keys", pinFails: pinentry.CodeTimeout}, payment.OutcomeCanceled, moneyNone, payment.FailurePINTimeout},
		{script{name: "no key", pinFails: pinentry.CodeNoKey}, payment.OutcomeFailed, moneyNone, payment.FailurePINPadUnavailable},
		{script{name: "nobody keys", ignored: phaseKeying}, payment.OutcomeCanceled, moneyNone, payment.FailurePINTimeout},
		{script{name: "a PIN that nobody entered is wrong", wrongPINs: 1}, payment.OutcomeDeclined, moneyNone, 0},
	} {
		e.script.name, e.script.keyed = "keyed: "+e.script.name, true
		out = append(out, e)
	}
	return out
}

func chipFlows() []expectation {
	return []expectation{
		{script{name: "half approved", partial: true}, payment.OutcomeDeclined, moneyReleased, payment.FailureNoCompletion},

		{script{name: "chosen", choose: true}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "with a script", scripts: true}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "with a script, declined", scripts: true, decline: true}, payment.OutcomeDeclined, moneyNone, 0},
		{script{name: "with a script, no TC", scripts: true, noTC: true}, payment.OutcomeDeclined, moneyReleased, payment.FailureNoCompletion},
		{script{name: "with a script, the host deaf to it", scripts: true, deaf: 3}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "no payment card", foreign: true}, payment.OutcomeFailed, moneyNone, payment.FailureNotPaymentCard},
		{script{name: "the last one chosen", choose: true, choice: 2}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "one chosen that was not offered", choose: true, choice: 3}, payment.OutcomeFailed, moneyNone, payment.FailurePINPadUnavailable},
		{script{name: "chosen, then PIN", choose: true, pin: true}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "PIN pad lost at the choice", choose: true, padLost: phaseChoice}, payment.OutcomeFailed, moneyNone, payment.FailurePINPadUnavailable},
		{script{name: "reader lost at the choice", choose: true, readerLost: phaseChoice}, payment.OutcomeFailed, moneyNone, payment.FailureReaderUnavailable},
		{script{name: "card pulled at the choice", choose: true, pulled: phaseChoice}, payment.OutcomeFailed, moneyNone, payment.FailureCardRemoved},
		{script{name: "nobody chooses", choose: true, ignored: phaseChoice}, payment.OutcomeCanceled, moneyNone, payment.FailurePINTimeout},
		{script{name: "canceled at the choice", choose: true, pinFails: pinentry.CodeCanceled}, payment.OutcomeCanceled, moneyNone, payment.FailureCanceledByCustomer},
		{script{name: "cashier cancels the choice", choose: true, cancelIn: phaseChoice}, payment.OutcomeCanceled, moneyNone, payment.FailureCanceledByMerchant},

		{script{name: "PIN at the card", offline: 1}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "wrong PIN at the card, then right", offline: 2}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "PIN at the card, declined", offline: 1, decline: true}, payment.OutcomeDeclined, moneyNone, 0},
		{script{name: "certificates refused", offline: 1, chain: call.CodeCardData}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "no such authority", offline: 1, chain: call.CodeKey}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "certificates refused, then online PIN", offline: 1, chain: call.CodeCardData, pin: true}, payment.OutcomeApproved, moneyCaptured, 0},
		{script{name: "chain envelope does not open", offline: 1, chain: call.CodeEnvelope}, payment.OutcomeFailed, moneyNone, payment.FailureEnvelopeRefused},
		{script{name: "application fails at the chain", offline: 1, chain: call.CodeInternal}, payment.OutcomeFailed, moneyNone, payment.FailureInternal},
		{script{name: "canceled at the card's PIN", offline: 1, pinFails: pinentry.CodeCanceled}, payment.OutcomeCanceled, moneyNone, payment.FailureCanceledByCustomer},
		{script{name: "nobody enters the card's PIN", offline: 1, ignored: phaseOffline}, payment.OutcomeCanceled, moneyNone, payment.FailurePINTimeout},
		{script{name: "PIN pad lost at the card's PIN", offline: 1, padLost: phaseOffline}, payment.OutcomeFailed, moneyNone, payment.FailurePINPadUnavailable},
		{script{name: "card pulled at its PIN", offline: 1, pulled: phaseOffline}, payment.OutcomeFailed, moneyNone, payment.FailureCardRemoved},
		{script{name: "reader lost at the chain", offline: 1, readerLost: phaseChain}, payment.OutcomeFailed, moneyNone, payment.FailureReaderUnavailable},
		{script{name: "canceled at the chain", offline: 1, cancelIn: phaseChain}, payment.OutcomeCanceled, moneyNone, payment.FailureCanceledByMerchant},
	}
}

func fallbackFlows() []expectation {
	none := func(c *Config) { c.FallbackPerHour = 0 }
	return append(atTheReader("fallback", payment.EntryModeFallback),
		expectation{script{name: "fallback: not allowed", entry: payment.EntryModeFallback, configure: none},
			payment.OutcomeFailed, moneyNone, payment.FailureCardNotAccepted},
		expectation{script{name: "swipe: where no fallback is allowed", entry: payment.EntryModeSwipe, configure: none},
			payment.OutcomeApproved, moneyCaptured, 0})
}

// everyEntry are the flows of every way in which a card comes.
func everyEntry() []expectation {
	return slices.Concat(chipFlows(), keyedFlows(), fallbackFlows(),
		atTheReader("contactless", payment.EntryModeContactless),
		atTheReader("swipe", payment.EntryModeSwipe),
		atTheReader("contactless stripe", payment.EntryModeContactlessStripe))
}

// TestAContactlessApprovalIsCompleteWithTheHostsWord cuts the power between the
// host's verified approval and the end of the payment.
func TestAContactlessApprovalIsCompleteWithTheHostsWord(t *testing.T) {
	for name, c := range map[string]struct {
		script  script
		outcome payment.Outcome
		money   payment.Money
	}{
		"approved":       {script{entry: payment.EntryModeContactless}, payment.OutcomeApproved, moneyCaptured},
		"keyed":          {script{keyed: true}, payment.OutcomeApproved, moneyCaptured},
		"declined":       {script{entry: payment.EntryModeContactless, decline: true}, payment.OutcomeDeclined, moneyNone},
		"canceled":       {script{entry: payment.EntryModeContactless, cancelIn: phaseHost}, payment.OutcomeNotCharged, moneyReleased},
		"another amount": {script{entry: payment.EntryModeContactless, partial: true}, payment.OutcomeNotCharged, moneyReleased},
		"chip":           {script{}, payment.OutcomeNotCharged, moneyReleased},
	} {
		l := newLaneCut(t, c.script, toldAt(t, c.script), true)
		v := l.sale()
		if l.starts != 2 || v.Outcome != c.outcome || v.Money != c.money {
			t.Errorf("%s: %d starts, %v, money %v", name, l.starts, v.Outcome, v.Money)
		}
		l.settled()
	}
}

// toldAt is the effect that makes the host's answer durable.
func toldAt(t *testing.T, s script) int {
	t.Helper()
	for cut := 1; cut < 200; cut++ {
		l := newLaneCut(t, s, cut, true)
		l.events = append(l.events, NetworkChecked{})
		for !l.dark && len(l.events) > 0 {
			l.drain()
			if !l.dark && l.core.active == nil {
				l.step(Start{Reply: 1, Start: l.order(1)})
			}
		}
		if l.dark && len(l.journal) > 0 && l.journal[len(l.journal)-1][0] == (Told{}).kind() {
			return cut
		}
	}
	t.Fatal("the host's answer was never written")
	return 0
}

// drain steps through what has happened, until nothing has or the power is cut.
func (l *lane) drain() {
	for !l.dark && len(l.events) > 0 {
		e := l.events[0]
		l.events = l.events[1:]
		l.step(e)
	}
}

func TestFallbacksAreLimitedByHourAndByCard(t *testing.T) {
	l := newLane(t, script{entry: payment.EntryModeFallback,
		configure: func(c *Config) { c.FallbackPerHour, c.FallbackPerCard = 4, 2 }})
	l.run()
	for i, c := range []struct {
		card  byte
		after time.Duration
		taken bool
	}{
		{1, 0, true}, {1, 0, true}, {1, 0, false}, // two of one card
		{2, time.Minute, true}, {3, time.Minute, true}, {4, time.Minute, false}, // four of all
		{1, 50 * time.Minute, false},
		{1, 15 * time.Minute, true}, // the first two are forgotten
		{2, 0, true}, {1, 0, true}, {5, 0, true}, {6, 0, false},
	} {
		l.now = l.now.Add(c.after)
		l.token = payment.Token{c.card}
		v := l.pay(byte(i + 1))
		if taken := v.Outcome == payment.OutcomeApproved; taken != c.taken {
			t.Errorf("%d: card %d: %v, %v", i, c.card, v.Outcome, v.Failure)
		}
		if !c.taken && (v.Failure != payment.FailureCardNotAccepted || v.Sent) {
			t.Errorf("%d: %v, sent %v", i, v.Failure, v.Sent)
		}
	}
	l.settled()
}

func TestKeyedCardsAreTakenOnlyWhereTheyAreAllowed(t *testing.T) {
	l := newLane(t, script{keyed: true, configure: func(c *Config) { c.Keyed = false }})
	l.run()
	before := len(l.journal)
	l.step(Start{Reply: 1, Start: l.order(1)})
	if r := l.replies[len(l.replies)-1]; r.Refused != mailbox.CodeType || len(l.journal) != before {
		t.Fatalf("refused %v, %d records", r.Refused, len(l.journal)-before)
	}
}

func TestAKeyedCardNeedsAPINPadAndNoReader(t *testing.T) {
	for name, c := range map[string]struct {
		event Event
		keyed mailbox.Code
		card  mailbox.Code
	}{
		"no reader":  {ReaderDown{}, mailbox.CodeNone, mailbox.CodeReader},
		"no PIN pad": {PINPadDown{}, mailbox.CodePINPad, mailbox.CodePINPad},
	} {
		for keyed, want := range map[bool]mailbox.Code{true: c.keyed, false: c.card} {
			l := newLane(t, script{keyed: keyed})
			l.run()
			l.step(c.event)
			l.step(Start{Reply: 1, Start: l.order(1)})
			if r := l.replies[len(l.replies)-1]; r.Refused != want {
				t.Errorf("%s, keyed %v: %v", name, keyed, r.Refused)
			}
		}
	}
}

func TestWordsOfTheReaderDoNotTouchAKeyedCard(t *testing.T) {
	l := newLane(t, script{keyed: true, ignored: phaseKeying})
	l.run()
	l.step(Start{Reply: 1, Start: l.order(1)})
	p := l.core.active
	for _, e := range []Event{
		ReaderVerify{Order: p.order, Envelope: l.envelope(sred.NumberVerify)},
		ReaderVerifyOffline{Order: p.order},
		ReaderOnline{Order: p.order, Envelope: l.envelope(sred.NumberOnline)},
		ReaderChoose{Order: p.order, Count: 1},
		ReaderFinished{Order: p.order, Result: sred.CardApproved},
		ReaderFailed{Order: p.order, Code: sred.CodeCardRemoved},
		ReaderDown{},
	} {
		l.step(e)
		if l.core.active != p || p.phase != phaseKeying {
			t.Fatalf("%T ended or moved the payment", e)
		}
	}
	l.run()
	l.settled()
}

func TestTheCardholderIsToldThatThePINWasWrong(t *testing.T) {
	l := newLane(t, script{offline: 3})
	if v := l.sale(); v.Outcome != payment.OutcomeApproved {
		t.Fatal(v.Outcome)
	}
	if !slices.Equal(l.wrong, []bool{false, true, true}) {
		t.Errorf("%v", l.wrong)
	}
}

func TestAChainThatIsRefusedTakesBackThePINBeforeIt(t *testing.T) {
	l := newLane(t, script{offline: 1, ignored: phaseOffline})
	l.run()
	l.step(Start{Reply: 1, Start: l.order(1)})
	l.drain()
	p := l.core.active
	l.step(PINEnciphered{Order: pinentry.OrderID(p.order)})
	if !p.offline {
		t.Fatal("control: the PIN was not noted")
	}
	l.events = nil
	e := ReaderVerifyOffline{Order: p.order}
	e.Envelope.KSN = l.envelope(sred.NumberChain).KSN
	l.script.chain = call.CodeCardData
	l.step(e)
	l.drain()
	if p.offline || p.phase == phaseChain {
		t.Error("the instance that knew the card is gone, and its PIN is still believed")
	}
}

func TestAChainUnderAnOldKSNIsRefused(t *testing.T) {
	l := newLane(t, script{pulled: phaseCard})
	l.run()
	l.step(Start{Reply: 1, Start: l.order(1)})
	l.events = nil
	l.core.readerTop = 5
	e := ReaderVerifyOffline{Order: l.taking.Order}
	e.Envelope.KSN[11] = 5
	l.step(e)
	if v := l.told[payment.ID{1}]; v.Failure != payment.FailureEnvelopeRefused {
		t.Errorf("%v", v.Failure)
	}
}

func TestPromptsOfAReaderDoNotUseUpTheVersions(t *testing.T) {
	l := newLane(t, script{ignored: phasePIN, pin: true})
	l.run()
	l.step(Start{Reply: 1, Start: l.order(1)})
	l.events = nil
	for range recoveredVersion {
		l.step(ReaderProgress{Order: l.taking.Order, Stage: sred.StageCardPresent})
		l.step(ReaderProgress{Order: l.taking.Order, Stage: sred.StageCardGone})
	}
	if v := l.told[payment.ID{1}].Version; v >= recoveredVersion {
		t.Errorf("version %d", v)
	}
	l.dark = true
	l.run()
	l.settled()
}
