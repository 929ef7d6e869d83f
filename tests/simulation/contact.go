package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

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
	return emv.Order{Amount: t.Amount, AmountOther: t.Other, Currency: t.Currency, CurrencyExponent: t.Exponent, Country: t.Country,
		Date: t.Date, Time: t.Time, TransactionType: t.TransactionType, UnpredictableNumber: t.Unpredictable}
}

// refund: the card gives an AAC before the host is asked, and may leave then.
func (r *reader) refund() bool { return r.take_.TransactionType == 0x20 }

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
	if ms := r.l.life().Pull; ms > 0 && !r.refund() {
		r.l.w.later(&r.visit, time.Duration(ms)*time.Millisecond, func() {
			if r.waits == 'h' && r.chip != nil {
				r.cause = sred.CodeCardRemoved
				r.run(r.chip.Next(emv.CardGone()))
			}
		})
	}
}

func (r *reader) conclude(o emv.Outcome) {
	if r.refund() && (o == emv.OutcomeRefund || o == emv.OutcomeDeclinedByHost) {
		r.finished(sred.CardNotAsked, r.chip)
		return
	}
	switch o {
	case emv.OutcomeApproved, emv.OutcomeApprovedUnableOnline:
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
