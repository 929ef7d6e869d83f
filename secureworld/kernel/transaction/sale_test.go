package transaction

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

type expectation struct {
	script
	outcome payment.Outcome
	money   payment.Money
	failure payment.Failure
}

func expectations() []expectation {
	const none, released = payment.MoneyNone, payment.MoneyReleased
	return append([]expectation{
		{script{name: "approved without PIN"}, payment.OutcomeApproved, payment.MoneyCaptured, 0},
		{script{name: "approved with PIN", pin: true}, payment.OutcomeApproved, payment.MoneyCaptured, 0},
		{script{name: "declined", decline: true}, payment.OutcomeDeclined, none, 0},
		{script{name: "wrong PIN, then right", pin: true, wrongPINs: 1}, payment.OutcomeApproved, payment.MoneyCaptured, 0},
		{script{name: "wrong PIN three times", pin: true, wrongPINs: 3}, payment.OutcomeDeclined, none, 0},
		{script{name: "host silent after booking", silent: true}, payment.OutcomeNotCharged, released, payment.FailureHostTimeout},
		{script{name: "request lost", lost: true}, payment.OutcomeNotCharged, none, payment.FailureHostTimeout},
		{script{name: "first answer does not verify", badMAC: true}, payment.OutcomeApproved, payment.MoneyCaptured, 0},
		{script{name: "card declines after the host approved", noTC: true}, payment.OutcomeDeclined, released, payment.FailureNoCompletion},
		{script{name: "card pulled while read", pulled: phaseCard}, payment.OutcomeFailed, none, payment.FailureCardRemoved},
		{script{name: "card pulled at the PIN", pin: true, pulled: phasePIN}, payment.OutcomeFailed, none, payment.FailureCardRemoved},
		{script{name: "card pulled while the host works", pulled: phaseHost}, payment.OutcomeNotCharged, released, payment.FailureCardRemoved},
		{script{name: "card pulled before its last word", pulled: phaseFinish}, payment.OutcomeNotCharged, released, payment.FailureCardRemoved},
		{script{name: "canceled while the card is awaited", cancelIn: phaseCard}, payment.OutcomeCanceled, none, payment.FailureCanceledByMerchant},
		{script{name: "canceled at the PIN", pin: true, cancelIn: phasePIN}, payment.OutcomeCanceled, none, payment.FailureCanceledByMerchant},
		{script{name: "canceled while the host works", cancelIn: phaseHost}, payment.OutcomeCanceled, released, payment.FailureCanceledByMerchant},
		{script{name: "canceled too late", cancelIn: phaseFinish}, payment.OutcomeApproved, payment.MoneyCaptured, 0},
		{script{name: "reader lost while read", readerLost: phaseCard}, payment.OutcomeFailed, none, payment.FailureReaderUnavailable},
		{script{name: "reader lost while the host works", readerLost: phaseHost}, payment.OutcomeNotCharged, released, payment.FailureReaderUnavailable},
		{script{name: "host lost while it works", hostLost: phaseHost}, payment.OutcomeNotCharged, released, payment.FailureHostTimeout},
		{script{name: "PIN canceled", pin: true, pinFails: pinentry.CodeCanceled}, payment.OutcomeCanceled, none, payment.FailureCanceledByCustomer},
		{script{name: "PIN timed out", pin: true, pinFails: pinentry.CodeTimeout}, payment.OutcomeCanceled, none, payment.FailurePINTimeout},
		{script{name: "envelope does not open", workFails: call.CodeEnvelope}, payment.OutcomeFailed, none, payment.FailureEnvelopeRefused},
	}, everyEntry()...)
}

func TestSaleEndsAsTheWorldAroundItDecides(t *testing.T) {
	for _, e := range expectations() {
		t.Run(e.name, func(t *testing.T) {
			l := newLane(t, e.script)
			v := l.sale()
			if v.Outcome != e.outcome || v.Money != e.money || v.Failure != e.failure {
				t.Fatalf("%v, money %v, failure %v", v.Outcome, v.Money, v.Failure)
			}
			l.settled()
		})
	}
}

// The sweep cuts the power before and after every effect of every flow, starts
// again from what was durable, and once more with a second cut in the recovery.
func TestSaleSurvivesAPowerCutAtEveryEffect(t *testing.T) {
	points := 0
	for _, e := range expectations() {
		whole := newLane(t, e.script)
		whole.sale()
		for cut := 1; cut <= whole.effects; cut++ {
			for _, after := range []bool{false, true} {
				l := newLaneCut(t, e.script, cut, after)
				l.sale()
				l.settled()
				points++
				if l.starts < 2 && l.effects >= cut {
					t.Fatalf("%s: the cut at %d did not happen", e.name, cut)
				}
				second := newLaneCut(t, e.script, cut, after)
				second.sale2(cut + 3)
				second.settled()
				points++
			}
		}
	}
	t.Logf("%d power cuts in %d flows", points, len(expectations()))
}

// newLaneCut cuts the power at an effect counted from the lane's start.
func newLaneCut(t testing.TB, s script, cut int, after bool) *lane {
	l := bareLane(t, s)
	l.cut, l.after = cut, after
	l.boot()
	return l
}

// sale2 cuts a second time, some effects later.
func (l *lane) sale2(second int) {
	l.again = second
	l.sale()
}

func TestARecordComesBackAsItWasWritten(t *testing.T) {
	l := newLane(t, script{pin: true, silent: true})
	l.sale()
	for _, b := range l.journal {
		r, err := DecodeRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := EncodeRecord(r)
		if err != nil || string(again) != string(b) {
			t.Fatalf("%T came back changed", r)
		}
	}
}

func TestTheSameStartIsAnsweredWithTheSamePayment(t *testing.T) {
	l := newLane(t, script{})
	v := l.sale()
	again := Start{Reply: 7, Start: mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale,
		Amount: 1234, Currency: payment.EUR, TimeoutSeconds: 60}}
	l.step(again)
	if r := l.replies[len(l.replies)-1]; r.Refused != mailbox.CodeNone || r.View != v {
		t.Fatalf("refused %v", r.Refused)
	}
	again.Amount++
	l.step(again)
	if r := l.replies[len(l.replies)-1]; r.Refused != mailbox.CodeMismatch {
		t.Fatalf("other content: %v", r.Refused)
	}
	if len(l.host.booked) != 1 {
		t.Fatal("booked twice")
	}
}

func TestUnacceptableStartsAreRefusedAndChangeNothing(t *testing.T) {
	good := mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1, Currency: payment.EUR, TimeoutSeconds: 60}
	for name, c := range map[string]struct {
		change func(*mailbox.Start)
		code   mailbox.Code
	}{
		"no id":            {func(s *mailbox.Start) { s.ID = payment.ID{} }, mailbox.CodeMalformed},
		"nothing":          {func(s *mailbox.Start) { s.Amount = 0 }, mailbox.CodeAmount},
		"too much":         {func(s *mailbox.Start) { s.Amount = 1_000_001 }, mailbox.CodeAmount},
		"another currency": {func(s *mailbox.Start) { s.Currency = payment.USD }, mailbox.CodeCurrency},
		"another type":     {func(s *mailbox.Start) { s.Type = payment.TypeRefund }, mailbox.CodeType},
		"no time":          {func(s *mailbox.Start) { s.TimeoutSeconds = 0 }, mailbox.CodeTimeout},
	} {
		l := newLane(t, script{})
		l.run()
		before := len(l.journal)
		s := good
		c.change(&s)
		l.step(Start{Reply: 1, Start: s})
		if r := l.replies[len(l.replies)-1]; r.Refused != c.code || len(l.journal) != before {
			t.Errorf("%s: %v, %d records", name, r.Refused, len(l.journal)-before)
		}
		l.step(Start{Reply: 2, Start: good})
		if r := l.replies[len(l.replies)-1]; r.Refused != mailbox.CodeNone {
			t.Errorf("%s: the next sale was refused: %v", name, r.Refused)
		}
	}
}

func TestAKSNThatDoesNotRiseIsRefused(t *testing.T) {
	for name, change := range map[string]func(*sred.Envelope){
		"same counter":   func(e *sred.Envelope) { e.KSN[11] = 5 },
		"lower counter":  func(e *sred.Envelope) { e.KSN[11] = 4 },
		"foreign key id": func(e *sred.Envelope) { e.KSN[0] = 1; e.KSN[11] = 9 },
		"other number":   func(e *sred.Envelope) { e.Number = 1; e.KSN[11] = 9 },
	} {
		l := newLane(t, script{pulled: phaseCard})
		l.run()
		l.core.readerTop = 5
		l.step(Start{Reply: 1, Start: mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1, Currency: payment.EUR, TimeoutSeconds: 60}})
		l.events = nil
		e := sred.Envelope{Number: sred.NumberOnline}
		change(&e)
		l.step(ReaderOnline{Order: l.taking.Order, Envelope: e})
		if v := l.core.payments[payment.ID{1}].view; v.Failure != payment.FailureEnvelopeRefused || v.Sent || l.core.counters.Envelopes != 1 {
			t.Errorf("%s: %v, %d counted", name, v.Failure, l.core.counters.Envelopes)
		}
	}
}

func TestNoSaleStartsWhileAReversalIsPending(t *testing.T) {
	l := newLane(t, script{lost: true})
	l.run()
	start := Start{Reply: 1, Start: mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1, Currency: payment.EUR, TimeoutSeconds: 60}}
	l.step(start)
	for len(l.events) > 0 {
		e := l.events[0]
		l.events = l.events[1:]
		l.step(e)
	}
	l.step(HostDown{})
	start.ID, start.Reply = payment.ID{2}, 2
	l.step(start)
	if r := l.replies[len(l.replies)-1]; r.Refused != mailbox.CodeReversalMode {
		t.Fatalf("%v", r.Refused)
	}
	l.run()
	l.settled()
}

func TestATerminalThatTheHostKnowsBetterStopsSelling(t *testing.T) {
	l := newLane(t, script{})
	l.step(HostUp{})
	l.step(NetworkChecked{Serial: l.core.host.serial, SignedOn: call.SignedOn{Response: [2]byte{'0', '0'}, TopRRN: 999}})
	l.events = nil
	l.step(Start{Reply: 1, Start: mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1, Currency: payment.EUR, TimeoutSeconds: 60}})
	if r := l.replies[len(l.replies)-1]; r.Refused != mailbox.CodeTampered {
		t.Fatalf("%v", r.Refused)
	}
}

func FuzzCanonicalRecord(f *testing.F) {
	l := newLane(f, script{pin: true, silent: true})
	l.sale()
	for _, b := range l.journal {
		f.Add(b)
	}
	for _, r := range []Record{plan(), RolledBack{999}, Destroyed{Key: 28, Reason: mailbox.KeyReplaced}, Closing{1}, Settling{Frame: []byte{1}, Keys: []byte{2}},
		Differing{Kind: mailbox.DifferenceAmount, Type: payment.TypeRefund, RRN: 3}, Closed{Batch: 1, Agreed: true}, Reopened{1}} {
		b, err := EncodeRecord(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRecord(b)
		if err != nil {
			return
		}
		again, err := EncodeRecord(r)
		if err != nil || string(again) != string(b) {
			t.Fatal("what parsed does not encode to the same bytes")
		}
	})
}

func TestTheCashierIsToldToRemoveACardAndThenToInsertOne(t *testing.T) {
	l := newLane(t, script{pulled: phaseCard})
	l.run()
	l.step(Start{Reply: 1, Start: mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1, Currency: payment.EUR, TimeoutSeconds: 60}})
	l.events = nil
	for _, c := range []struct {
		stage sred.Stage
		want  payment.Stage
	}{{sred.StageCardPresent, payment.StageRemoveCard}, {sred.StageCardGone, payment.StagePresentCard}, {sred.StageCardInserted, payment.StageCardInserted}} {
		l.step(ReaderProgress{Order: l.taking.Order, Stage: c.stage})
		if got := l.told[payment.ID{1}].Stage; got != c.want {
			t.Errorf("after %d: %v", c.stage, got)
		}
	}
}

// TestAFinalViewIsTheSameAfterARestart: a receipt can be printed again tomorrow.
func TestAFinalViewIsTheSameAfterARestart(t *testing.T) {
	for _, e := range expectations() {
		l := newLane(t, e.script)
		want := l.sale()
		l.boot()
		if got := l.core.payments[want.ID].view; got != want {
			t.Errorf("%s:\n%+v\n%+v", e.name, got, want)
		}
	}
}
