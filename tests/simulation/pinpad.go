package main

import (
	"bytes"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

// pinpad takes PINs from the cardholder of the present life and enciphers them as
// the real one does.
type pinpad struct {
	l        *lane
	id       orderauth.DeviceID
	device   device
	used     uint32 // counter, durable
	panKey   []byte
	keyedKey []byte
	link     process
	entry    process
}

func newPINPad(l *lane) *pinpad {
	return &pinpad{l: l, id: orderauth.DeviceID{'P', 'P', byte(l.n)}, device: newDevice(pinBDK, pinBDKID, l.n),
		panKey: filled(0xA0), keyedKey: filled(0xB0)}
}

func (p *pinpad) dial() {
	p.link.epoch++
	p.l.w.later(&p.link, 400*time.Millisecond, func() {
		if p.l.secure.up {
			p.link.up = true
			p.l.secure.post(transaction.PINPadUp{})
		}
	})
}

func (p *pinpad) linkEnds() {
	p.link.epoch++
	p.entry.epoch++
	p.link.up = false
}

func (p *pinpad) lost() {
	p.linkEnds()
	p.l.secure.post(transaction.PINPadDown{})
	p.dial()
}

func (p *pinpad) order(do func()) {
	if !p.link.up {
		return
	}
	if f := p.l.hit(faultPINPadLink); f != nil {
		p.l.w.later(&p.link, time.Millisecond, p.lost)
		if f.Arg == 0 {
			return
		}
	}
	p.l.w.later(&p.link, 3*time.Millisecond, do)
}

func (p *pinpad) say(e transaction.Event) {
	if !p.link.up {
		return
	}
	if f := p.l.hit(faultPINPadLink); f != nil {
		if f.Arg == 1 {
			p.l.secure.post(e)
		}
		p.lost()
		return
	}
	s := p.l.secure
	p.l.w.later(&p.link, 3*time.Millisecond, func() { s.post(e) })
}

// enter: the cardholder types, gives up, or leaves.
func (p *pinpad) enter(o pinentry.EnterPIN) {
	p.entry.epoch++
	p.l.check.shown("PIN pad", o.Order, o.Amount)
	life := p.l.life()
	switch life.PIN {
	case pinNever:
		p.l.w.later(&p.entry, time.Duration(o.TimeoutSeconds)*time.Second, func() {
			p.say(transaction.PINFailed{Order: o.Order, Code: pinentry.CodeTimeout})
		})
	case pinCanceled:
		p.l.w.later(&p.entry, 2*time.Second, func() {
			p.say(transaction.PINFailed{Order: o.Order, Code: pinentry.CodeCanceled})
		})
	default:
		p.l.w.later(&p.entry, 3*time.Second, func() { p.entered(o, life.PIN) })
	}
}

func (p *pinpad) entered(o pinentry.EnterPIN, how int) {
	pan, err := gcmOf(p.panKey).Open(nil, pinentry.PANNonce(o.Counter), o.SealedPAN[:], pinentry.PANAAD(o.Order, p.id))
	if err != nil {
		p.l.check.violation("I18", "the PIN pad cannot open the number that was sealed to it")
		return
	}
	pan = bytes.TrimRight(pan, "\x00")
	pin := rightPIN
	if how == pinWrong || how == pinWrongOnce && o.Attempt == 1 {
		pin = "9999"
	}
	p.used = counterAfter(p.used)
	t := p.device.at(p.used)
	usage := (*dukpt.Transaction).PINEncryptionKey
	if p.l.w.planted(bugPINKey) {
		usage = (*dukpt.Transaction).DataEncryptionKey
	}
	m := transaction.PINEntered{Order: o.Order, KSN: t.KSN()}
	if err := pinblock.EncodeFormat4(m.Block[:], aesOf(working(t, usage)), []byte(pin), pan, &p.l.random); err != nil {
		panic(err)
	}
	p.l.check.enteredPIN(m.KSN, m.Block, pin == rightPIN)
	p.say(m)
}

// key: the cardholder's data are keyed in.
func (p *pinpad) key(o pinentry.KeyCard) {
	p.entry.epoch++
	p.l.check.shown("PIN pad", o.Order, o.Amount)
	life := p.l.life()
	p.l.w.later(&p.entry, 20*time.Second, func() {
		if life.PIN == pinCanceled {
			p.say(transaction.PINFailed{Order: o.Order, Code: pinentry.CodeCanceled})
			return
		}
		plain := make([]byte, pinentry.KeyedSize)
		copy(plain, p.l.pan(life.Card))
		copy(plain[pinentry.MaxPAN:], "3112")
		copy(plain[pinentry.MaxPAN+4:], "123")
		m := transaction.CardKeyed{Order: o.Order}
		copy(m.Sealed[:], gcmOf(p.keyedKey).Seal(nil, pinentry.KeyedNonce(o.Counter), plain, pinentry.PANAAD(o.Order, p.id)))
		p.say(m)
	})
}

// confirm: the cashier confirms a refund, or not.
func (p *pinpad) confirm(o pinentry.Confirm) {
	p.entry.epoch++
	p.l.check.shown("PIN pad", o.Order, o.Amount)
	life := p.l.life()
	p.l.w.later(&p.entry, 2*time.Second, func() {
		if life.PIN == pinCanceled {
			p.say(transaction.PINFailed{Order: o.Order, Code: pinentry.CodeCanceled})
			return
		}
		p.say(transaction.Confirmed{Order: o.Order})
	})
}

func (p *pinpad) stop(pinentry.OrderID) { p.entry.epoch++ }
