package transaction

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func TestWhatSomethingDependsOnIsNotForgotten(t *testing.T) {
	l := newLane(t, script{})
	l.live([]lifeStep{{ask(1, 0, payment.TypePreauth, 1000), 0, payment.OutcomeApproved}, {ask(2, 0, payment.TypeSale, 10), 0, payment.OutcomeApproved}}, true)
	l.step(HostDown{})
	l.step(Start{Reply: 1, Start: ask(3, 1, payment.TypeCapture, 10)})
	l.drain()
	l.core.forget()
	l.core.forget()
	if l.core.payments[payment.ID{1}] == nil || l.core.payments[payment.ID{2}] != nil {
		t.Error("the wrong one was forgotten")
	}
	l.run()
	if v := l.core.payments[payment.ID{1}].view; v.Captured != 10 {
		t.Errorf("%+v", v)
	}
}
