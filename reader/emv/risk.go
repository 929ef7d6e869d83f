package emv

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// manageRisk does terminal risk management where the AIP asks for it (EMV 4.4
// Book 3, clause 10.6). Random selection has no effect while every
// transaction goes online, and no log is kept here: it would hold PANs.
func (t *Transaction) manageRisk() Action {
	if !t.aip(aipTerminalRisk) {
		return t.analyse()
	}
	t.checkFloorLimit(0)
	t.setTSI(tsiTerminalRisk)
	return t.checkVelocity()
}

// checkFloorLimit adds the amount of the newest logged transaction of the
// same account (10.6.1).
func (t *Transaction) checkFloorLimit(logged uint64) {
	if t.order.Amount+logged >= uint64(t.app.FloorLimit) {
		t.setTVR(tvrFloorLimitExceeded)
	}
}

// checkVelocity asks the card's counters where it has both limits (10.6.3).
func (t *Transaction) checkVelocity() Action {
	if !t.card.Has(tlv.Tag9F14LowerConsecutiveOfflineLimit) || !t.card.Has(tlv.Tag9F23UpperConsecutiveOfflineLimit) {
		return t.analyse()
	}
	return t.transmit(getData(tlv.Tag9F36ApplicationTransactionCounter), (*Transaction).counterRead)
}

func (t *Transaction) counterRead(in Input) Action {
	t.card.Drop(tlv.Tag9F36ApplicationTransactionCounter)
	if v, ok := counter(in.Response, tlv.Tag9F36ApplicationTransactionCounter); ok {
		t.card.Add(tlv.Tag9F36ApplicationTransactionCounter, v)
	}
	return t.transmit(getData(tlv.Tag9F13LastOnlineATC), (*Transaction).lastOnlineRead)
}

func (t *Transaction) lastOnlineRead(in Input) Action {
	last, haveLast := counter(in.Response, tlv.Tag9F13LastOnlineATC)
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
func counter(rapdu []byte, tag tlv.Tag) ([]byte, bool) {
	data, sw := objects.Split(rapdu)
	if sw != swOK {
		return nil, false
	}
	l, err := tlv.ParseCard(data)
	if err != nil || len(l) != 1 || l[0].Tag != tag || len(l[0].Value) != 2 {
		return nil, false
	}
	return l[0].Value, true
}
