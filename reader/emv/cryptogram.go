package emv

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Cryptogram types: P1 of GENERATE AC and the top bits of 9F27 (EMV 4.4
// Book 3, clauses 6.5.5.2 and 6.5.5.4).
const (
	acAAC  = 0x00
	acTC   = 0x40
	acARQC = 0x80
	acMask = 0xC0
)

// Reason codes, the low bits of 9F27 (Book 3, clause 6.5.5.4).
const (
	reasonMask       = 0x07
	reasonNotAllowed = 0x01
	adviceRequired   = 0x08
)

// A cryptogram is one answer to GENERATE AC. Its fields are parts of it. mac is
// empty where it is in the signature only.
type cryptogram struct {
	kind          byte
	cid, atc, mac []byte
	issuerAppData []byte
	signature     []byte
}

// raises: TC over ARQC over AAC.
func (c cryptogram) raises(asked byte) bool {
	order := func(kind byte) int { return bytes.IndexByte([]byte{acAAC, acARQC, acTC}, kind) }
	return order(c.kind) > order(asked)
}

// reason of an AAC, where the card gives one that the caller can act on.
func (c cryptogram) reason() Reason {
	if c.cid[0]&reasonMask == reasonNotAllowed {
		return ReasonServiceNotAllowed
	}
	return ReasonNone
}

// parseCryptogram reads both formats (6.5.5.4).
func parseCryptogram(data []byte) (cryptogram, bool) {
	if b, ok := objects.Envelope(data, tlv.Tag80ResponseTemplate1); ok {
		if len(b) < 11 {
			return cryptogram{}, false
		}
		return cryptogram{cid: b[:1], atc: b[1:3], mac: b[3:11], issuerAppData: b[11:]}.checked()
	}
	l, ok := objects.Template(data, tlv.Tag77ResponseTemplate2)
	if !ok {
		return cryptogram{}, false
	}
	var c cryptogram
	for _, e := range l {
		var field *[]byte
		switch e.Tag {
		case tlv.Tag9F27CryptogramInformationData:
			field = &c.cid
		case tlv.Tag9F36ApplicationTransactionCounter:
			field = &c.atc
		case tlv.Tag9F26ApplicationCryptogram:
			field = &c.mac
		case tlv.Tag9F10IssuerApplicationData:
			field = &c.issuerAppData
		case tlv.Tag9F4BSignedDynamicApplicationData:
			field = &c.signature
		default:
			continue
		}
		if *field != nil {
			return cryptogram{}, false // twice: which one would count?
		}
		*field = e.Value
	}
	return c.checked()
}

// checked: the cryptogram may be missing only beside a signature.
func (c cryptogram) checked() (cryptogram, bool) {
	mac := len(c.mac) == 8 || len(c.mac) == 0 && len(c.signature) > 0
	if len(c.cid) != 1 || len(c.atc) != 2 || !mac || len(c.issuerAppData) > 32 {
		return cryptogram{}, false
	}
	c.kind = c.cid[0] & acMask
	return c, c.kind != acMask
}

func (t *Transaction) sameCounter(c cryptogram) bool {
	return bytes.Equal(c.atc, t.card.Value(tlv.Tag9F36ApplicationTransactionCounter))
}

// keepCryptogram replaces the results of an earlier GENERATE AC. A cryptogram
// that could not be taken out of its signature is no cryptogram.
func (t *Transaction) keepCryptogram(c cryptogram) bool {
	t.card.Drop(tlv.Tag9F10IssuerApplicationData)
	t.card.Drop(tlv.Tag9F26ApplicationCryptogram)
	return t.card.Set(tlv.Tag9F27CryptogramInformationData, c.cid) &&
		t.card.Set(tlv.Tag9F36ApplicationTransactionCounter, c.atc) &&
		(len(c.mac) == 0 || t.card.Add(tlv.Tag9F26ApplicationCryptogram, c.mac)) &&
		(len(c.issuerAppData) == 0 || t.card.Add(tlv.Tag9F10IssuerApplicationData, c.issuerAppData))
}

// AdviceRequired reports whether the card's last cryptogram asks for an advice
// to the issuer (EMV 4.4 Book 4, clause 6.3.7).
func (t *Transaction) AdviceRequired() bool {
	cid := t.card.Value(tlv.Tag9F27CryptogramInformationData)
	return len(cid) == 1 && cid[0]&adviceRequired != 0
}
