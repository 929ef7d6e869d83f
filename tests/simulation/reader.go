package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Entry modes, 9F39.
const (
	entryChip        byte = 0x05
	entryContactless byte = 0x07
)

// reader is the shell around the real EMV kernels: it carries out what they order at
// a virtual card, seals, and speaks with the secure world.
type reader struct {
	l      *lane
	id     orderauth.DeviceID
	device device
	used   uint32 // counter, durable
	link   process

	take_  sred.Take
	digest [32]byte
	visit  process // an order under way
	chip   *emv.Transaction
	tap    *entrypoint.Session
	card   virtualcard.Player
	waits  byte // for what: 0, 'c' card, 'p' PIN, 'h' host
	cause  sred.Code
	cvmPIN bool // the tap asked for a PIN
}

func newReader(l *lane) *reader {
	return &reader{l: l, id: orderauth.DeviceID{'R', 'D', byte(l.n)}, device: newDevice(readerBDK, readerBDKID, l.n)}
}

// dial connects to the secure world again.
func (r *reader) dial() {
	r.link.epoch++
	r.l.w.later(&r.link, 500*time.Millisecond, func() {
		if !r.l.secure.up {
			return
		}
		r.link.up = true
		r.l.secure.post(transaction.ReaderUp{Ready: true})
	})
}

// linkEnds: the order under way ends with the session that brought it.
func (r *reader) linkEnds() {
	r.link.epoch++
	r.link.up = false
	r.abandon()
}

// lost is a link that ends while the secure world lives.
func (r *reader) lost() {
	r.linkEnds()
	r.l.secure.post(transaction.ReaderDown{})
	r.dial()
}

// order brings an order to the reader.
func (r *reader) order(do func()) {
	if !r.link.up {
		return
	}
	if f := r.l.hit(faultReaderLink); f != nil {
		r.l.w.later(&r.link, time.Millisecond, r.lost)
		if f.Arg == 0 {
			return
		}
	}
	r.l.w.later(&r.link, 3*time.Millisecond, do)
}

// say brings a message to the secure world.
func (r *reader) say(e transaction.Event) {
	if !r.link.up {
		return
	}
	if f := r.l.hit(faultReaderLink); f != nil {
		if f.Arg == 1 {
			r.l.secure.post(e)
		}
		r.lost()
		return
	}
	s := r.l.secure
	r.l.w.later(&r.link, 3*time.Millisecond, func() { s.post(e) })
}

func (r *reader) abandon() {
	r.visit.epoch++
	r.waits, r.chip, r.tap = 0, nil, nil
}

func (r *reader) take(t sred.Take, digest [32]byte) {
	r.abandon()
	r.take_, r.digest, r.cause = t, digest, sred.CodeNone
	r.l.check.shown("reader", t.Order, t.Amount)
	r.waits = 'c'
	life := r.l.life()
	timeout := time.Duration(t.TimeoutSeconds) * time.Second
	r.l.w.later(&r.visit, timeout, func() {
		if r.waits == 'c' {
			r.fails(sred.CodeTimeout)
		}
	})
	if life.Present >= 0 {
		r.l.w.later(&r.visit, time.Duration(life.Present)*time.Millisecond, r.present)
	}
}

func (r *reader) pinDone(d sred.PINDone) {
	if d.Order != r.take_.Order || r.waits != 'p' {
		return
	}
	r.waits = 'b'
	if r.tap != nil {
		if d.Result != sred.PINEntered {
			r.fails(sred.CodeStopped)
			return
		}
		r.tapOnline()
		return
	}
	result := emv.PINUnavailable
	if d.Result == sred.PINEntered {
		result = emv.PINEntered
	}
	r.run(r.chip.Next(emv.PIN(result)))
}

func (r *reader) answer(a sred.Answer) {
	if a.Order != r.take_.Order || r.waits != 'h' {
		return
	}
	r.waits = 'b'
	if r.tap != nil {
		r.finished(sred.CardNotAsked, nil)
		return
	}
	h := emv.HostAnswer{Result: emv.HostUnable, ResponseCode: a.ARC, IssuerAuthentication: a.IssuerAuth, Scripts: a.Scripts}
	switch a.Result {
	case sred.HostApproved:
		h.Result = emv.HostApproved
	case sred.HostDeclined:
		h.Result = emv.HostDeclined
	}
	r.l.w.later(&r.visit, 400*time.Millisecond, func() { r.run(r.chip.Next(emv.Host(h))) })
}

func (r *reader) stop(order sred.OrderID) {
	if order != r.take_.Order || r.waits == 0 {
		return
	}
	if r.waits == 'c' || r.tap != nil || r.chip == nil {
		r.fails(sred.CodeStopped)
		return
	}
	if r.waits == 'p' || r.waits == 'h' {
		r.cause = sred.CodeStopped
		r.run(r.chip.Next(emv.Abort()))
	}
}
