package service

import (
	"testing"

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

func confirmOrder(n byte) pinentry.Confirm {
	return pinentry.Confirm{Order: pinentry.OrderID{n}, Amount: 1234, Currency: uint16(payment.EUR), Exponent: 2, TimeoutSeconds: 60}
}

func TestARefundIsConfirmedByAKeyAlone(t *testing.T) {
	l := newLane(t)
	o := confirmOrder(1)
	l.peer.Order(pinentry.KindConfirm, o)
	if s := l.shows(display.StateChoice); s.Amount != "12.34 EUR" || s.Title != "REFUND? CONFIRM WITH OK" {
		t.Errorf("%+v", s)
	}
	l.press('1', '0', keypad.OK)
	var c pinentry.Confirmed
	l.peer.Expect(pinentry.KindConfirmed, &c)
	if c.Order != o.Order {
		t.Errorf("%+v", c)
	}
	l.shows(display.StateWait)
	o = confirmOrder(2)
	l.peer.Order(pinentry.KindConfirm, o)
	l.shows(display.StateChoice)
	l.press(keypad.Cancel)
	l.fails(pinentry.CodeCanceled, o.Order)
}

func TestARefundThatCannotBeShownIsNotConfirmed(t *testing.T) {
	for name, change := range map[string]func(o *pinentry.Confirm){
		"an unknown currency": func(o *pinentry.Confirm) { o.Currency = 999 },
		"another exponent":    func(o *pinentry.Confirm) { o.Exponent = 3 },
		"an amount too large": func(o *pinentry.Confirm) { o.Amount = 1 << 50 },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			o := confirmOrder(1)
			change(&o)
			l.peer.Order(pinentry.KindConfirm, o)
			l.fails(pinentry.CodeInternal, o.Order)
			l.peer.Order(pinentry.KindConfirm, confirmOrder(2)) // the twin
			l.shows(display.StateChoice)
		})
	}
}

func TestABalanceIsShownToTheCardholder(t *testing.T) {
	l := newLane(t)
	l.peer.Order(pinentry.KindShow, pinentry.Show{Text: pinentry.TextBalance, Amount: 1234, Currency: uint16(payment.EUR), Exponent: 2})
	if s := l.shows(display.StateResult); s.Amount != "12.34 EUR" || s.Title != "AVAILABLE" {
		t.Errorf("%+v", s)
	}
}
