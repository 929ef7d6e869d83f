package virtualcard

import (
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Terminal transaction qualifiers, 9F66 (kernel 3).
const (
	ttq1Offline   = 0x08 // the reader is offline only
	ttq1OnlinePIN = 0x04
	ttq1Signature = 0x02
	ttq1SignARQC  = 0x01 // offline authentication for online cryptograms
	ttq2Online    = 0x80 // an online cryptogram is required
	ttq2CVM       = 0x40 // a CVM is required
)

// Card transaction qualifiers, 9F6C.
const (
	ctq1OnlinePIN = 0x80
	ctq1Signature = 0x40
	ctq2OwnDevice = 0x80
)

const tag9F71CardProcessing tlv.Tag = 0x9F71 // kernel 6, where kernel 3 has 9F6C

// expressCryptogram is the whole transaction of kernels 3 and 6.
func (c *Card) expressCryptogram() []byte {
	ttq, ctq := c.tx.value(tag9F66TTQ, 4), c.qualifiers()
	kind := c.decideExpress(ttq, ctq)
	c.begin(kind)
	c.tx.stage = stageDone
	iad := c.issuerData(nil)
	c.tx.first = c.mac(iad)
	c.gave(kindName(kind), c.tx.first)
	var signature []byte
	if c.tx.app.dynamic() && (kind == acTC || kind == acARQC && ttq[0]&ttq1SignARQC != 0) {
		var ok bool
		if signature, ok = c.signExpress(ctq); !ok {
			return status(0x6F00)
		}
	}
	return c.answerExpress(kind, ctq, iad, signature)
}

func (c *Card) decideExpress(ttq, ctq []byte) byte {
	asked := byte(acTC)
	if ttq[1]&ttq2Online != 0 || ctq[0]&ctq1OnlinePIN != 0 {
		asked = acARQC
	}
	kind := c.decide(asked)
	if kind == acARQC && ttq[0]&ttq1Offline != 0 {
		return acAAC
	}
	return kind
}

// qualifiers choose the card holder's verification.
func (c *Card) qualifiers() []byte {
	tap, ttq := c.tx.app.profile.Tap, c.tx.value(tag9F66TTQ, 4)
	wanted := ttq[1]&ttq2CVM != 0
	switch {
	case len(tap.CTQ) == 2:
		return tap.CTQ
	case tap.CDCVM:
		return []byte{0x00, ctq2OwnDevice}
	case wanted && tap.OnlinePIN && ttq[0]&ttq1OnlinePIN != 0:
		return []byte{ctq1OnlinePIN, 0x00}
	case wanted && tap.Signature && ttq[0]&ttq1Signature != 0:
		return []byte{ctq1Signature, 0x00}
	default:
		return []byte{0x00, 0x00}
	}
}

// signExpress is fDDA version 01: the terminal's data are number, amount,
// currency and 9F69, which holds a number of the card and the qualifiers.
func (c *Card) signExpress(ctq []byte) ([]byte, bool) {
	own := append(append([]byte{0x01}, random(4)...), ctq...)
	c.tx.records = map[[2]byte][]byte{{5, 1}: record(tlv.Append(nil, tag9F69CardData, own))}
	in := append([]byte(nil), c.tx.value(tlv.Tag9F37UnpredictableNumber, 4)...)
	in = append(in, c.tx.value(tlv.Tag9F02AmountAuthorised, 6)...)
	in = append(in, c.tx.value(tlv.Tag5F2ATransactionCurrencyCode, 2)...)
	c.tx.signed = true
	return c.signDynamic(append([]byte{2}, c.counter()...), append(in, own...))
}

func (c *Card) answerExpress(kind byte, ctq, iad, signature []byte) []byte {
	a := c.tx.app
	p := a.profile
	b := tlv.Append(nil, tlv.Tag82ApplicationInterchangeProfile, a.aip)
	if signature != nil {
		b = tlv.Append(b, tlv.Tag94ApplicationFileLocator, a.afl)
		b = tlv.Append(b, tag9F4BDynamic, signature)
	}
	b = tlv.Append(b, tlv.Tag57Track2EquivalentData, packed(p.Track2()))
	if signature == nil { // else it stands in the signed record, and twice would be an error
		b = tlv.Append(b, tlv.Tag5F34PANSequenceNumber, packed(fmt.Sprintf("%02d", p.PSN)))
	}
	b = tlv.Append(b, tlv.Tag9F10IssuerApplicationData, iad)
	b = tlv.Append(b, tlv.Tag9F26ApplicationCryptogram, c.tx.first)
	b = tlv.Append(b, tlv.Tag9F27CryptogramInformationData, []byte{kind})
	b = tlv.Append(b, tlv.Tag9F36ApplicationTransactionCounter, c.counter())
	if a.kernel == 6 {
		b = tlv.Append(b, tag9F71CardProcessing, ctq)
	} else {
		b = tlv.Append(b, tag9F6CCTQ, ctq)
	}
	b = appendSome(b, tag9F6EFormFactor, p.Tap.FormFactor)
	return answer(tlv.Append(nil, tlv.Tag77ResponseTemplate2, b))
}
