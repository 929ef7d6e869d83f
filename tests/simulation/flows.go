package main

import (
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// flow is one payment whose every place of a crash is tried, and another payment
// behind it, which must succeed.
type flow struct {
	name   string
	before []life // what comes first, and is not cut
	life   life
	faults []fault // that belong to it
}

// ends is what the payment comes to where nothing is cut.
func (f flow) ends() string {
	for _, w := range []struct{ word, outcome string }{
		{"refused later", "approved"}, {"batch", ""}, {"host key", ""}, {atStart, ""}, {"declined by", "declined"}, {"false issuer", "declined"},
		{"silent", "not_charged"}, {"request lost", "not_charged"}, {"increment, answer lost", "not_charged"}, {"refunded, answer lost", "not_charged"},
		{"captured", "approved"}, {"void", "approved"}, {"answer twice", "approved"}, {"connection ends", "not_charged"},
		{"answer", "not_charged"}, {"canceled", "canceled"}, {"no card", "canceled"}, {"pulled", "not_charged"}, {"never finished", "canceled"},
	} {
		if strings.Contains(f.name, w.word) {
			return w.outcome
		}
	}
	return "approved"
}

func flows() []flow {
	card := func(kind int) life { return life{Amount: 1234, Card: kind, Present: 700} }
	with := func(l life, change func(*life)) life { change(&l); return l }
	net := func(n, form int) []fault { return []fault{{Kind: faultHostNet, N: n, Arg: form}} }
	host := func(form int) []fault { return []fault{{Kind: faultHost, N: 1, Arg: form}} }
	all := []flow{
		{"approved", nil, card(cardPlain), nil},
		{"approved with PIN", nil, card(cardPIN), nil},
		{"wrong PIN, then right", nil, with(card(cardPIN), func(l *life) { l.PIN = pinWrongOnce }), nil},
		{"tap", nil, with(card2(cardTap), func(l *life) { l.Amount = 800 }), nil},
		{"tap with PIN", nil, card2(cardTapPIN), nil},
		{"declined by the issuer", nil, card(cardDecline), nil},
		{"declined by the card", nil, card(cardRefuses), nil},
		{"false issuer's answer", nil, card(cardFalse), nil},
		{"host silent", nil, card(cardSilent), nil},
		{"request lost", nil, card(cardPlain), net(1, netDrop)},
		{"answer lost", nil, card(cardPlain), net(2, netDrop)},
		{"connection ends behind the request", nil, card(cardPlain), net(1, netResetDone)},
		{"answer late", nil, card(cardPlain), host(hostLate)},
		{"answer twice", nil, card(cardPlain), host(hostTwice)},
		{"answer with a false MAC", nil, card(cardPlain), host(hostMAC)},
		{"answer of another amount", nil, card(cardPlain), host(hostAmount)},
		{"canceled before the card", nil, with(card(cardPlain), func(l *life) { l.Cancel = 300 }), nil},
		{"canceled while the host is asked", nil, with(card(cardPlain), func(l *life) { l.Cancel = 1630 }), nil},
		{"no card", nil, with(card(cardPlain), func(l *life) { l.Present = -1 }), nil},
		{"card pulled while the host is asked", nil, with(card(cardPlain), func(l *life) { l.Pull = 40 }), nil},
		{"card pulled in its last command", nil, with(card(cardPlain), func(l *life) { l.TearIn, l.TearForm = "gac2", 1 }), nil},
		{"PIN never finished", nil, with(card(cardPIN), func(l *life) { l.PIN = pinNever }), nil},
		{"with cash", nil, with(card(cardPIN), func(l *life) { l.Cashback, l.Tip = 500, 34 }), nil},
		{"command of the issuer", nil, with(card(cardScript), func(l *life) { l.Script = true }), nil},
		{"keyed in", nil, with(card(cardPlain), func(l *life) { l.Keyed = true }), nil},
		{atStart, nil, card(cardPlain), nil},
	}
	return append(all, laterFlows(card(cardPlain))...)
}

// atStart is cut while everything starts.
const atStart = "start and sign-on"

// laterFlows continue a payment, or close the batch.
func laterFlows(first life) []flow {
	sale, hold := []life{first}, []life{first}
	hold[0].Type = payment.TypePreauth
	of := func(t payment.Type, n int, percent int64) life { return life{Type: t, Of: n, Amount: percent} }
	captured := append(slices.Clone(hold), of(payment.TypeCapture, 1, 60))
	refunded := append(slices.Clone(sale), of(payment.TypeRefund, 1, 40))
	given := first
	given.Type = payment.TypeRefund
	inquiry := first
	inquiry.Type = payment.TypeBalance
	stored := first
	stored.Store = true
	last := of(payment.TypeCapture, 2, 40)
	last.Last = true
	whole := of(payment.TypeCapture, 1, 60)
	whole.Last = true
	referred, spoken := []life{first}, of(payment.TypeCapture, 1, 100)
	referred[0].Card, spoken.Code = cardRefer, codeRight
	wrong := spoken
	wrong.Code = codeWrong
	lost := func(n int) []fault { return []fault{{Kind: faultHostNet, N: n, Arg: netDrop}} }
	return []flow{
		{"pre-authorised", nil, hold[0], nil},
		{"increment", hold, of(payment.TypeIncrement, 1, 50), nil},
		{"increment, answer lost", hold, of(payment.TypeIncrement, 1, 50), lost(2)},
		{"captured in part", hold, of(payment.TypeCapture, 1, 60), nil},
		{"captured, advice lost", hold, of(payment.TypeCapture, 1, 60), lost(1)},
		{"captured, answer lost", hold, of(payment.TypeCapture, 1, 60), lost(2)},
		{"captured, the last", captured, last, nil},
		{"pre-authorisation voided", hold, of(payment.TypeVoid, 1, 0), nil},
		{"pre-authorisation voided, captured and released", append(slices.Clone(hold), whole), of(payment.TypeVoid, 2, 0), nil},
		{"last capture voided", append(slices.Clone(hold), whole), of(payment.TypeVoid, 1, 0), nil},
		{"capture voided", captured, of(payment.TypeVoid, 1, 0), nil},
		{"captured by voice", referred, spoken, nil},
		{"captured by voice, answer lost", referred, spoken, lost(2)},
		{"capture by voice declined by the host: not the code that he gave", referred, wrong, nil},
		{"capture by voice voided", append(slices.Clone(referred), spoken), of(payment.TypeVoid, 1, 0), nil},
		{"capture by voice refunded", append(slices.Clone(referred), spoken), of(payment.TypeRefund, 1, 40), nil},
		{"sale voided", sale, of(payment.TypeVoid, 1, 0), nil},
		{"sale voided, answer lost", sale, of(payment.TypeVoid, 1, 0), lost(2)},
		{"refunded in part", sale, of(payment.TypeRefund, 1, 40), nil},
		{"refunded, answer lost", sale, of(payment.TypeRefund, 1, 40), lost(2)},
		{"refund voided", refunded, of(payment.TypeVoid, 1, 0), nil},
		{"given back without a payment", nil, given, nil},
		{"card on file", []life{stored}, life{Amount: 777, Stored: 1}, nil},
		{"card on file, request lost", []life{stored}, life{Amount: 777, Stored: 1}, lost(1)},
		{"card on file, answer lost", []life{stored}, life{Amount: 777, Stored: 1}, lost(2)},
		{"card on file declined by the host", sale, life{Amount: 777, Stored: 1}, nil},
		{"charge of a card on file voided", []life{stored, {Amount: 777, Stored: 1}}, of(payment.TypeVoid, 1, 0), nil},
		{"card kept", nil, stored, nil},
		{"balance", nil, inquiry, nil},
		{"approved while the host is away", nil, life{Amount: 1234, Card: cardMaster, Present: 700, Away: 20}, nil},
		{"approved while the host is away, and refused later", nil, life{Amount: 1234, Card: cardAlone, Present: 700, Away: 20}, nil},
		{"host key replaced", sale, life{Rekey: true}, nil},
		{"batch closed", refunded, life{Settle: true}, nil},
		{"batch closed while a reversal is pending", append(slices.Clone(sale), forsaken()), life{Settle: true, Away: 30}, nil},
		{"batch closed, answer lost", refunded, life{Settle: true}, lost(2)},
	}
}

func card2(kind int) life { return life{Amount: 1234, Card: kind, Present: 700, Tap: true} }

// plan is the flow with crashes.
func (f flow) plan(crashes ...fault) plan {
	next := life{Amount: 500, Card: cardMaster, Present: 600, Gap: 500}
	p := plan{Seed: 1, Lanes: [][]life{append(slices.Clone(f.before), f.life, next)}, Faults: slices.Concat(f.faults, crashes)}
	for i := range p.Faults {
		p.Faults[i].Life = f.cutAt()
	}
	return p
}

// cutAt is the life that is cut; -1 is the start of everything.
func (f flow) cutAt() int {
	if f.name == atStart {
		return -1
	}
	return len(f.before)
}
