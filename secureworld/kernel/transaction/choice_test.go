package transaction

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

func TestAChoiceThatWasNotOfferedNeverReachesTheReader(t *testing.T) {
	for choice, offered := range []bool{1: true, 2: true, 4: false} {
		if choice == 0 {
			continue // the cardholder's no
		}
		l := choosing(t, ReaderChoose{Count: 2})
		effects := l.core.Step(Input{Now: l.now, Event: Chosen{Order: pinentry.OrderID(l.taking.Order), Choice: uint8(choice)}})
		told := false
		for _, e := range effects {
			if _, is := e.(TellChoice); is {
				told = true
			}
		}
		if told != offered || (l.core.counters.Unpermitted == 0) != offered || (l.core.active != nil) != offered {
			t.Errorf("choice %d: told %v, counted %d", choice, told, l.core.counters.Unpermitted)
		}
	}
}

func TestNoneOfTheApplicationsIsTheCardholdersNo(t *testing.T) {
	l := choosing(t, ReaderChoose{Count: 2})
	id, order := l.core.active.view.ID, l.taking.Order
	effects := l.core.Step(Input{Now: l.now, Event: Chosen{Order: pinentry.OrderID(order)}})
	v := l.core.payments[id].view
	if l.core.active != nil || v.Outcome != payment.OutcomeCanceled || v.Failure != payment.FailureCanceledByCustomer {
		t.Errorf("%v, %v", v.Outcome, v.Failure)
	}
	if !slices.Contains(effects, Effect(StopReader{order})) {
		t.Error("the reader goes on")
	}
}

func TestAQuestionThatContradictsItselfIsNotAsked(t *testing.T) {
	for _, e := range []ReaderChoose{{}, {Count: sred.Choices + 1}, {Count: 2, Confirm: true}} {
		if l := choosing(t, e); l.core.active.phase != phaseCard || l.core.counters.Unpermitted != 1 {
			t.Errorf("%+v: phase %d, counted %d", e, l.core.active.phase, l.core.counters.Unpermitted)
		}
	}
	if l := choosing(t, ReaderChoose{Count: 1, Confirm: true}); l.core.active.phase != phaseChoice {
		t.Error("the only application may not be confirmed")
	}
}

// choosing is a lane whose reader has asked this question, and whose PIN pad has
// not answered.
func choosing(t *testing.T, e ReaderChoose) *lane {
	t.Helper()
	l := newLane(t, script{entry: payment.EntryModeChip})
	l.run()
	l.core.Step(Input{Now: l.now, Random: [RandomSize]byte{1}, Event: Start{Reply: 1, Start: l.order(1)}})
	l.taking.Order = l.core.active.order
	e.Order = l.taking.Order
	l.core.Step(Input{Now: l.now, Event: e})
	return l
}
