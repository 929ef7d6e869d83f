package virtualcard

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // EMV's signatures demand it

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// numberLength is that of the card's dynamic number (EMV: 2 to 8).
const numberLength = 8

// internalAuthenticate is DDA (EMV 4.4 Book 2, clause 6.5).
func (c *Card) internalAuthenticate(q command) []byte {
	t := &c.tx
	if t.stage < stageInitiated || !t.app.dynamic() || t.app.aip[0]&aipDDA == 0 {
		return status(0x6985)
	}
	if len(q.data) == 0 || q.p1 != 0 || q.p2 != 0 {
		return status(0x6A86)
	}
	number := append([]byte{numberLength}, random(numberLength)...)
	s, ok := c.signDynamic(number, q.data)
	if !ok {
		return status(0x6F00)
	}
	t.signed = true
	if t.app.profile.Format1 {
		return answer(tlv.Append(nil, tlv.Tag80ResponseTemplate1, s))
	}
	return answer(tlv.Append(nil, tlv.Tag77ResponseTemplate2, tlv.Append(nil, tag9F4BDynamic, s)))
}

// signDynamic is 9F4B over the card's data and the terminal's.
func (c *Card) signDynamic(card, terminal []byte) ([]byte, bool) {
	head := append([]byte{formatDynamic, algorithmSHA1, byte(len(card))}, card...)
	s, err := c.tx.app.certificates.Key.sign(head, terminal)
	if err != nil {
		return nil, false
	}
	if c.tx.app.profile.Garbage == GarbageSignature {
		s[len(s)-1] ^= 0x01
	}
	return s, true
}

// combinedAC signs cryptogram and transaction (EMV 4.4 Book 2, clause 6.6).
// The hash covers PDOL, CDOL1 and CDOL2 data and the answer without 9F4B.
func (c *Card) combinedAC(kind byte, mac, iad []byte) []byte {
	t := &c.tx
	before := tlv.Append(nil, tlv.Tag9F27CryptogramInformationData, []byte{kind})
	before = tlv.Append(before, tlv.Tag9F36ApplicationTransactionCounter, c.counter())
	behind := tlv.Append(nil, tlv.Tag9F10IssuerApplicationData, iad)
	h := sha1.New() //nolint:gosec // EMV's signatures demand it
	for _, b := range [][]byte{t.pdol, t.cdol1, t.cdol2, before, behind} {
		h.Write(b)
	}
	card := append([]byte{numberLength}, random(numberLength)...)
	card = append(append(append(card, kind), mac...), h.Sum(nil)...)
	s, ok := c.signDynamic(append(card, t.relay...), t.value(tlv.Tag9F37UnpredictableNumber, 4))
	if !ok {
		return status(0x6F00)
	}
	b := append(tlv.Append(before, tag9F4BDynamic, s), behind...)
	return answer(tlv.Append(nil, tlv.Tag77ResponseTemplate2, b))
}

// random draws n bytes. The system's source never fails.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
