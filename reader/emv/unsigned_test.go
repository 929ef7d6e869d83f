package emv

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// answered takes an answer to GENERATE AC apart.
func answered(t *testing.T, answer []byte) (cid, atc, iad, sdad []byte) {
	t.Helper()
	l, err := tlv.ParseCard(answer[:len(answer)-2])
	if err != nil {
		t.Fatal(err)
	}
	v := func(tag tlv.Tag) []byte { b, _ := l.Find(tag); return b }
	return v(0x9F27), v(0x9F36), v(0x9F10), v(0x9F4B)
}

// TestAnAnswerWithoutTheSignatureThatWasAskedForFailsCDA: EMV 4.4 Book 2, clause
// 6.6.2, and Book 4, clause 6.3.2.1. An AAC needs none.
func TestAnAnswerWithoutTheSignatureThatWasAskedForFailsCDA(t *testing.T) {
	mac := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	open := func(cid, atc, iad []byte) []byte {
		b := tlv.Append(nil, 0x9F27, cid)
		b = tlv.Append(b, 0x9F36, atc)
		b = tlv.Append(b, 0x9F26, mac)
		return tlv.Append(b, 0x9F10, iad)
	}
	for name, c := range map[string]struct {
		say    func(cid, atc, iad, sdad []byte) []byte
		tvr    byte
		tsi    byte
		p1     []byte
		reason Reason
	}{
		"format 1": {func(cid, atc, iad, _ []byte) []byte {
			return tlv.Append(nil, 0x80, bytes.Join([][]byte{cid, atc, mac, iad}, nil))
		}, 0x04, 0x80, []byte{0x90, 0x00}, ReasonSignature},
		"format 2 in the open": {func(cid, atc, iad, _ []byte) []byte {
			return tlv.Append(nil, 0x77, open(cid, atc, iad))
		}, 0x04, 0x80, []byte{0x90, 0x00}, ReasonSignature},
		"another cryptogram beside it": {func(cid, atc, iad, sdad []byte) []byte {
			return tlv.Append(nil, 0x77, tlv.Append(open(cid, atc, iad), 0x9F4B, sdad))
		}, 0x04, 0x80, []byte{0x90, 0x00}, ReasonSignature},
		"an AAC in the open": {func(_, atc, iad, _ []byte) []byte {
			return tlv.Append(nil, 0x77, open([]byte{0x00}, atc, iad))
		}, 0x00, 0x00, []byte{0x90}, ReasonNone},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, "cda", nil)
			b.alter = only(0xAE, 1, func(_, answer []byte) []byte {
				return append(c.say(answered(t, answer)), 0x90, 0x00)
			})
			tx, a := b.run(cfg)
			if a.Outcome != OutcomeDeclined || a.Reason != c.reason || b.online != 0 || !bytes.Equal(b.p1, c.p1) {
				t.Fatalf("%v: %s, online %d, P1 %X", a.Outcome, a.Reason, b.online, b.p1)
			}
			checkAuthentication(t, tx, c.tvr, c.tsi)
		})
	}
}

// TestACardWithoutAListGetsTheDefaultDDOL: Book 2, clause 6.5.1.
func TestACardWithoutAListGetsTheDefaultDDOL(t *testing.T) {
	tx := New(testConfig(t, "A0000000031010"), testOrder())
	atApplication(t, tx, "2000", "08010100")
	tx.auth.method = methodDDA
	if a := tx.internalAuthenticate(); !bytes.Equal(a.Command, unhex(t, "0088000004DEADBEEF00")) {
		t.Errorf("%X", a.Command)
	}
}
