package app_test

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// card is what a reader sends of one card: objects in order.
type card struct {
	digits  []byte // of the PAN, ASCII
	account tlv.List
	chip    tlv.List
}

// newCard makes one with a canary PAN under a published test BIN.
func newCard(t testing.TB, bin string, aid []byte) *card {
	t.Helper()
	digits, err := scan.GeneratePAN(bin, 16)
	if err != nil {
		t.Fatal(err)
	}
	c := &card{digits: digits}
	c.account = tlv.List{
		{Tag: 0x57, Value: bcd(append(slices.Clone(digits), "D2812201123456789F"...))},
		{Tag: 0x5A, Value: bcd(digits)},
		{Tag: 0x5F24, Value: []byte{0x28, 0x12, 0x31}},
		{Tag: 0x5F34, Value: []byte{0x07}},
	}
	c.chip = tlv.List{
		{Tag: 0x9F26, Value: []byte{1, 2, 3, 4, 5, 6, 7, 8}},
		{Tag: 0x9F27, Value: []byte{0x80}},
		{Tag: 0x9F10, Value: []byte{0x06, 0x01, 0x0A, 0x03, 0xA4, 0xA0, 0x00}},
		{Tag: 0x9F36, Value: []byte{0x00, 0x19}},
		{Tag: 0x82, Value: []byte{0x1C, 0x00}},
		{Tag: 0x84, Value: aid},
		{Tag: 0x50, Value: []byte("VIRTUAL")},
		{Tag: 0x9F12, Value: []byte("VIRTUAL CREDIT")},
		{Tag: 0x9F37, Value: []byte{0xDE, 0xAD, 0xBE, 0xEF}},
		{Tag: 0x95, Value: []byte{0x80, 0, 0x04, 0x80, 0}},
		{Tag: 0x9A, Value: []byte{0x26, 0x11, 0x21}},
		{Tag: 0x9C, Value: []byte{0x00}},
		{Tag: 0x9F02, Value: []byte{0, 0, 0, 0, 0x12, 0x34}},
		{Tag: 0x5F2A, Value: []byte{0x09, 0x78}},
		{Tag: 0x9F1A, Value: []byte{0x02, 0x76}},
		{Tag: 0x9F03, Value: make([]byte, 6)},
		{Tag: 0x9F33, Value: []byte{0x60, 0x48, 0x00}},
		{Tag: 0x9F34, Value: []byte{0x42, 0x03, 0x00}},
		{Tag: 0x9F35, Value: []byte{0x21}},
		{Tag: 0x9F06, Value: aid[:7]},
		{Tag: 0x9B, Value: []byte{0xE8, 0x00}},
		{Tag: 0x9F41, Value: []byte{0, 0, 0, 0x42}},
		{Tag: 0x9F39, Value: []byte{0x05}},
		{Tag: 0xDF01, Value: []byte("unlisted")},
	}
	return c
}

func visa(t testing.TB) *card {
	return newCard(t, "476173", []byte{0xA0, 0, 0, 0, 0x03, 0x10, 0x10})
}

// withoutCVM makes the card one that asks for no verification.
func withoutCVM(c *card) *card { return c.with(0x9F34, []byte{0x1F, 0x03, 0x02}) }

func noCVM(t testing.TB) *card { return withoutCVM(visa(t)) }

// with replaces a chip object, or adds it.
func (c *card) with(tag tlv.Tag, value []byte) *card { c.chip = replaced(c.chip, tag, value); return c }

// without drops a chip object.
func (c *card) without(tag tlv.Tag) *card { c.chip = replaced(c.chip, tag, nil); return c }

// holding replaces an account object, or adds it; nil drops it.
func (c *card) holding(tag tlv.Tag, value []byte) *card {
	c.account = replaced(c.account, tag, value)
	return c
}

func replaced(l tlv.List, tag tlv.Tag, value []byte) tlv.List {
	out := slices.DeleteFunc(slices.Clone(l), func(e tlv.Element) bool { return e.Tag == tag })
	if value == nil {
		return out
	}
	return append(out, tlv.Element{Tag: tag, Value: value})
}

// bcd packs digits and the letters D and F.
func bcd(symbols []byte) []byte {
	out := make([]byte, len(symbols)/2)
	for i := range out {
		out[i] = half(symbols[2*i])<<4 | half(symbols[2*i+1])
	}
	return out
}

func half(symbol byte) byte {
	if symbol >= 'A' {
		return symbol - 'A' + 10
	}
	return symbol - '0'
}

// envelope seals the card's data as the reader does.
func (l *lane) envelope(c *card, number uint8) (sealed [contents.SealedSize]byte) {
	l.t.Helper()
	room := make([]byte, 0, contents.SealedSize)
	plaintext, err := contents.Pack(room, tlv.AppendList(nil, c.account), tlv.AppendList(nil, c.chip))
	if err != nil {
		l.t.Fatal(err)
	}
	ksn := dukpt.KSN{1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, number}
	tx, err := receiver.Transaction(l.readerKey[:], dukpt.AES256, ksn, make([]byte, dukpt.RoomTransaction))
	if err != nil {
		l.t.Fatal(err)
	}
	e, err := sred.Seal(tx, l.order, l.reader, number, plaintext)
	if err != nil {
		l.t.Fatal(err)
	}
	fn := call.HostOpenVerify
	if number == sred.NumberOnline {
		fn = call.HostOpenOnline
	}
	l.envelopeKSN[fn] = e.KSN
	return e.Sealed
}

// prepare sends envelope 1.
func (l *lane) prepare(c *card) (call.PINPrepared, call.Code) {
	l.t.Helper()
	var answer call.PINPrepared
	code := l.call(call.OpPreparePIN, call.PreparePIN{Envelope: l.envelope(c, sred.NumberVerify)}, &answer)
	return answer, code
}

var (
	pinKSN   = [12]byte{'P', 'A', 'D', 11: 5}
	pinBlock = [16]byte{0xC1, 0xC2, 0xC3, 15: 0xCF}
)

// authorise sends envelope 2.
func (l *lane) authorise(c *card, hasPIN bool) (call.Authorised, call.Code) {
	l.t.Helper()
	q := call.Authorise{Terms: l.terms, Envelope: l.envelope(c, sred.NumberOnline), HasPIN: hasPIN,
		KSNRequest: l.request, KSNReversal: l.reversal, KSNRepeat: l.repeat}
	if hasPIN {
		q.PINKSN, q.PINBlock = pinKSN, pinBlock
	}
	var answer call.Authorised
	code := l.call(call.OpAuthorise, q, &answer)
	return answer, code
}

// paid runs a whole attempt with PIN up to the request.
func (l *lane) paid(c *card) call.Authorised {
	l.t.Helper()
	if _, code := l.prepare(c); code != 0 {
		l.t.Fatalf("prepare: %v", code)
	}
	answer, code := l.authorise(c, true)
	if code != 0 {
		l.t.Fatalf("authorise: %v", code)
	}
	return answer
}
