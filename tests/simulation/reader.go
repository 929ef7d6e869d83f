package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
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

// present: the card is inserted or tapped.
func (r *reader) present() {
	if r.waits != 'c' {
		return
	}
	r.waits = 'b' // busy
	life := r.l.life()
	card, err := r.l.card(life)
	if err != nil {
		panic(err)
	}
	r.card = card
	card.Reset()
	if life.Tap {
		r.say(transaction.ReaderProgress{Order: r.take_.Order, Stage: sred.StageTapped})
		r.l.w.later(&r.visit, 300*time.Millisecond, r.tapped)
		return
	}
	r.say(transaction.ReaderProgress{Order: r.take_.Order, Stage: sred.StageCardInserted})
	r.l.w.later(&r.visit, 900*time.Millisecond, func() {
		r.chip = emv.New(r.l.w.rules.contact, orderOf(r.take_))
		r.run(r.chip.Next(emv.Start()))
	})
}

func orderOf(t sred.Take) emv.Order {
	return emv.Order{Amount: t.Amount, Currency: t.Currency, CurrencyExponent: t.Exponent, Country: t.Country,
		Date: t.Date, Time: t.Time, TransactionType: t.TransactionType, UnpredictableNumber: t.Unpredictable}
}

// run carries out the contact kernel's actions until it waits for somebody.
func (r *reader) run(a emv.Action) {
	for {
		switch a.Kind {
		case emv.ActionTransmit:
			a = r.transmit(a.Command)
		case emv.ActionAskPIN:
			e := r.seal(sred.NumberVerify, r.chip, entryChip, nil)
			r.waits = 'p'
			r.say(transaction.ReaderVerify{Order: r.take_.Order, Envelope: e})
			return
		case emv.ActionGoOnline:
			e := r.seal(sred.NumberOnline, r.chip, entryChip, nil)
			r.waits = 'h'
			r.say(transaction.ReaderOnline{Order: r.take_.Order, Envelope: e})
			r.pull()
			return
		case emv.ActionFinish:
			r.conclude(a.Outcome)
			return
		default:
			r.cause = sred.CodeInternal
			a = r.chip.Next(emv.Abort())
		}
	}
}

func (r *reader) transmit(command []byte) emv.Action {
	answer, effect := r.card.Do(command)
	if effect == virtualcard.EffectTear || effect == virtualcard.EffectMute {
		r.cause = sred.CodeCardRemoved
		return r.chip.Next(emv.CardGone())
	}
	return r.chip.Next(emv.Response(answer))
}

// pull: the card leaves while the host is asked.
func (r *reader) pull() {
	if ms := r.l.life().Pull; ms > 0 {
		r.l.w.later(&r.visit, time.Duration(ms)*time.Millisecond, func() {
			if r.waits == 'h' && r.chip != nil {
				r.cause = sred.CodeCardRemoved
				r.run(r.chip.Next(emv.CardGone()))
			}
		})
	}
}

func (r *reader) conclude(o emv.Outcome) {
	switch o {
	case emv.OutcomeApproved:
		r.finished(sred.CardApproved, r.chip)
	case emv.OutcomeDeclined, emv.OutcomeDeclinedByHost, emv.OutcomeDeclinedByCard:
		r.finished(sred.CardDeclined, r.chip)
	case emv.OutcomeNotAccepted, emv.OutcomeCardBlocked:
		r.fails(or(r.cause, sred.CodeNotAccepted))
	case emv.OutcomeCardError, emv.OutcomeCardErrorAfterARQC:
		r.fails(or(r.cause, sred.CodeCardError))
	case emv.OutcomeAborted, emv.OutcomeAbortedAfterARQC:
		r.fails(or(r.cause, sred.CodeStopped))
	default:
		r.fails(or(r.cause, sred.CodeCardRemoved))
	}
}

func or(a, b sred.Code) sred.Code {
	if a != sred.CodeNone {
		return a
	}
	return b
}

func (r *reader) fails(c sred.Code) {
	r.waits = 0
	r.visit.epoch++
	r.say(transaction.ReaderFailed{Order: r.take_.Order, Code: c})
}

// source is a kernel.
type source interface {
	AccountTLV(dst []byte) []byte
	HostTLV(dst []byte) []byte
}

func (r *reader) finished(result sred.CardResult, k source) {
	r.waits = 0
	r.visit.epoch++
	f := sred.Finished{Order: r.take_.Order, Result: result}
	if k != nil {
		if l, err := tlv.Parse(k.HostTLV(nil)); err == nil {
			fill(f.Cryptogram[:], l, tlv.Tag9F26ApplicationCryptogram)
			fill(f.TVR[:], l, tlv.Tag95TerminalVerificationResults)
			fill(f.TSI[:], l, tlv.Tag9BTransactionStatusInformation)
		}
	}
	if result == sred.CardApproved {
		r.l.check.gaveTC(f.Cryptogram)
	}
	if r.l.w.planted(bugApprovedWithoutTC) && result == sred.CardDeclined {
		f.Result = sred.CardApproved
	}
	r.say(transaction.ReaderFinished(f))
}

func fill(dst []byte, l tlv.List, tag tlv.Tag) {
	if v, ok := l.Find(tag); ok && len(v) == len(dst) {
		copy(dst, v)
	}
}

// seal makes an envelope. Its counter is durable before the key exists.
func (r *reader) seal(number uint8, k source, entry byte, cvm []byte) sred.Envelope {
	r.used = counterAfter(r.used)
	data := tlv.Append(k.HostTLV(nil), tlv.Tag9F39POSEntryMode, []byte{entry})
	if cvm != nil {
		data = tlv.Append(data, contents.TagOutcomeCVM, cvm)
	}
	plain, err := contents.Pack(make([]byte, sred.SealedSize), k.AccountTLV(nil), data)
	if err != nil {
		panic(err)
	}
	e, err := sred.Seal(r.device.at(r.used), r.digest, r.id, number, plain)
	if err != nil {
		panic(err)
	}
	return e
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

// tapped runs Entry Point and its kernel to their outcome.
func (r *reader) tapped() {
	r.tap = entrypoint.New(r.l.w.rules.entry, orderOf(r.take_), r.l.w.rules.kernels)
	a := r.tap.Next(entrypoint.Start())
	shown := 0
	for a.Kind != entrypoint.ActionFinish {
		switch a.Kind {
		case entrypoint.ActionTransmit:
			answer, effect := r.card.Do(a.Command)
			if effect != virtualcard.EffectAnswer {
				r.fails(sred.CodeCardRemoved) // and nobody taps again
				return
			}
			a = r.tap.Next(entrypoint.Response(answer))
		case entrypoint.ActionAwaitCard:
			if shown++; shown > 1 {
				r.fails(sred.CodeCardRemoved)
				return
			}
			a = r.tap.Next(entrypoint.Card())
		case entrypoint.ActionAwaitStart, entrypoint.ActionAwaitRestart, entrypoint.ActionEnd:
			r.fails(sred.CodeNotAccepted)
			return
		default:
			a = r.tap.Next(entrypoint.Done())
		}
	}
	switch {
	case a.Outcome.Result == contactless.Declined:
		r.finished(sred.CardDeclined, r.tap.Kernel())
	case a.Outcome.Result != contactless.OnlineRequest:
		r.fails(sred.CodeNotAccepted)
	case a.Outcome.CVM == contactless.CVMOnlinePIN:
		e := r.seal(sred.NumberVerify, r.tap.Kernel(), entryContactless, []byte{contents.CVMOnlinePIN})
		r.waits = 'p'
		r.cvmPIN = true
		r.say(transaction.ReaderVerify{Order: r.take_.Order, Envelope: e})
	default:
		r.cvmPIN = false
		r.tapOnline()
	}
}

func (r *reader) tapOnline() {
	cvm := contents.CVMNone
	if r.cvmPIN {
		cvm = contents.CVMOnlinePIN
	}
	e := r.seal(sred.NumberOnline, r.tap.Kernel(), entryContactless, []byte{cvm})
	r.waits = 'h'
	r.say(transaction.ReaderOnline{Order: r.take_.Order, Envelope: e})
}
