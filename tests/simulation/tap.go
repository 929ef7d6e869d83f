package main

import (
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
)

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
