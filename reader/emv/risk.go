package emv

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// manageRisk does terminal risk management where the AIP asks for it (EMV 4.4
// Book 3, clause 10.6). What the merchant and the exception file say counts at
// every card.
func (t *Transaction) manageRisk() Action {
	t.checkExceptions()
	if !t.aip(aipTerminalRisk) {
		return t.analyse()
	}
	t.checkFloorLimit(t.logged())
	t.setTSI(tsiTerminalRisk)
	return t.checkVelocity()
}

// checkExceptions: Book 4, clauses 6.3.5 and 6.5.3.
func (t *Transaction) checkExceptions() {
	if t.order.ForceOnline {
		t.setTVR(tvrForcedOnline)
	}
	x := t.order.Exceptions
	if x != nil && x.Listed(t.card.Value(tlv.Tag5APAN), t.card.Value(tlv.Tag5F34PANSequenceNumber)) {
		t.setTVR(tvrExceptionFile)
	}
}

// logged is the amount of the newest logged transaction of this account. The
// log belongs to the caller: the kernel keeps no account number.
func (t *Transaction) logged() uint64 {
	if t.order.Log == nil {
		return 0
	}
	return min(t.order.Log.Newest(t.card.Value(tlv.Tag5APAN)), maxAmount)
}

// checkFloorLimit adds the amount of the newest logged transaction of the same
// account (10.6.1). What is below may be selected at random.
func (t *Transaction) checkFloorLimit(logged uint64) {
	if t.order.Amount+logged >= uint64(t.app.FloorLimit) {
		t.setTVR(tvrFloorLimitExceeded)
		return
	}
	if t.draw() <= t.target() {
		t.setTVR(tvrSelectedRandomly)
	}
}

// draw is a number from 1 to 99 out of the order's unpredictable number. The
// kernel draws nothing itself.
func (t *Transaction) draw() uint64 {
	return uint64(binary.BigEndian.Uint32(t.order.UnpredictableNumber[:]))%99 + 1
}

// target is the percentage of transactions of this amount that go online: below
// the threshold the configured one, above it rising to the maximum at the floor
// limit (10.6.2). The amount is below the floor limit.
func (t *Transaction) target() uint64 {
	a := t.app
	if t.order.Amount < uint64(a.Threshold) {
		return uint64(a.TargetPercent)
	}
	above, span := t.order.Amount-uint64(a.Threshold), uint64(a.FloorLimit)-uint64(a.Threshold)
	return uint64(a.TargetPercent) + uint64(a.MaxTargetPercent-a.TargetPercent)*above/span
}

// checkVelocity asks the card's counters where it has both limits (10.6.3).
func (t *Transaction) checkVelocity() Action {
	if !t.card.Has(tlv.Tag9F14LowerConsecutiveOfflineLimit) || !t.card.Has(tlv.Tag9F23UpperConsecutiveOfflineLimit) {
		return t.analyse()
	}
	return t.transmit(getData(tlv.Tag9F36ApplicationTransactionCounter), (*Transaction).counterRead)
}

// counterRead: a refusal is an answer, what cannot be read is a card error (Book 3,
// clauses 6.5.7.4 and 7.5).
func (t *Transaction) counterRead(in Input) Action {
	t.card.Drop(tlv.Tag9F36ApplicationTransactionCounter)
	v, formed := counter(in.Response, tlv.Tag9F36ApplicationTransactionCounter)
	switch {
	case !formed:
		return t.cardError(ReasonFormat)
	case v != nil:
		t.card.Add(tlv.Tag9F36ApplicationTransactionCounter, v)
	}
	return t.transmit(getData(tlv.Tag9F13LastOnlineATC), (*Transaction).lastOnlineRead)
}

func (t *Transaction) lastOnlineRead(in Input) Action {
	last, formed := counter(in.Response, tlv.Tag9F13LastOnlineATC)
	if !formed {
		return t.cardError(ReasonFormat)
	}
	haveLast := last != nil
	atc, haveATC := t.card.Get(tlv.Tag9F36ApplicationTransactionCounter)
	if haveLast && binary.BigEndian.Uint16(last) == 0 {
		t.setTVR(tvrNewCard)
	}
	if !haveLast || !haveATC || binary.BigEndian.Uint16(atc) <= binary.BigEndian.Uint16(last) {
		t.setTVR(tvrLowerLimitExceeded)
		t.setTVR(tvrUpperLimitExceeded)
		return t.analyse()
	}
	t.compareLimits(binary.BigEndian.Uint16(atc) - binary.BigEndian.Uint16(last))
	return t.analyse()
}

func (t *Transaction) compareLimits(offline uint16) {
	if offline > uint16(t.card.Value(tlv.Tag9F14LowerConsecutiveOfflineLimit)[0]) {
		t.setTVR(tvrLowerLimitExceeded)
	}
	if offline > uint16(t.card.Value(tlv.Tag9F23UpperConsecutiveOfflineLimit)[0]) {
		t.setTVR(tvrUpperLimitExceeded)
	}
}

func getData(tag tlv.Tag) iso7816.Command {
	return iso7816.Command{CLA: 0x80, INS: 0xCA, P1: byte(tag >> 8), P2: byte(tag), Expect: iso7816.ExpectAll}
}

// counter reads a two-byte counter from an answer to GET DATA.
func counter(rapdu []byte, tag tlv.Tag) (v []byte, formed bool) { return element(rapdu, tag, 2) }

// element reads one element of an answer to GET DATA: nil where the card refused
// or gave another one. False: the answer is malformed, or the element's length.
func element(rapdu []byte, tag tlv.Tag, length int) (v []byte, formed bool) {
	data, sw := objects.Split(rapdu)
	if sw != swOK {
		return nil, true
	}
	l, err := tlv.ParseCard(data)
	if err != nil {
		return nil, false
	}
	e, ok := l.Top(tag)
	if !ok {
		return nil, true
	}
	return e.Value, len(e.Value) == length
}
