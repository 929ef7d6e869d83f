package virtualcard

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Mag-stripe mode (kernel 2): three digits of CVC3, three of the counter and
// three of the reader's number go into the discretionary data, at the places
// that the bit maps name from the right, the number of digits last.
const (
	placesCVC3   = 0x000E
	placesNumber = 0x0FC0
	digitsATC    = 0x03
)

// stripeRecord is what a reader in mag-stripe mode reads.
func (p Profile) stripeRecord() []byte {
	wide := func(v uint16) []byte { return append(make([]byte, 4), byte(v>>8), byte(v)) }
	narrow := func(v uint16) []byte { return []byte{byte(v >> 8), byte(v)} }
	b := tlv.Append(nil, tag9F6CVersion, []byte{0x00, 0x01})
	b = tlv.Append(b, tag9F62PCVC3T1, wide(placesCVC3))
	b = tlv.Append(b, tag9F63PUNATCT1, wide(placesNumber))
	b = tlv.Append(b, tag56Track1, []byte(p.stripeTrack1()))
	b = tlv.Append(b, tag9F64NATCT1, []byte{digitsATC})
	b = tlv.Append(b, tag9F65PCVC3T2, narrow(placesCVC3))
	b = tlv.Append(b, tag9F66PUNATCT2, narrow(placesNumber))
	b = tlv.Append(b, tag9F6BTrack2, packed(p.stripeTrack2()))
	b = tlv.Append(b, tag9F67NATCT2, []byte{digitsATC})
	b = tlv.Append(b, tag9F69UDOL, checksumDOL().Append(nil))
	return tlv.Append(b, tag9F68StripeCVM, p.tapCVMList())
}

// stripeTrack1 tells no name: contactless cards do not.
func (p Profile) stripeTrack1() string {
	return "B" + p.PAN + "^ /^" + p.Expiry + p.ServiceCode + "0000000000000"
}

func (p Profile) stripeTrack2() string {
	return p.PAN + "D" + p.Expiry + p.ServiceCode + "0000000000000"[:min(13, 37-1-7-len(p.PAN))]
}

func checksumDOL() tlv.DOL { return tlv.DOL{{Tag: tag9F6ANumber, Length: 4}} }

// computeChecksum is COMPUTE CRYPTOGRAPHIC CHECKSUM (Book C-2, clause 5.2).
func (c *Card) computeChecksum(q command) []byte {
	t := &c.tx
	if t.stage != stageInitiated || t.app.kernel != 2 || !t.app.profile.Tap.MagStripe {
		return status(0x6985)
	}
	if q.p1 != 0x8E || q.p2 != 0x80 {
		return status(0x6A86)
	}
	if !t.take(checksumDOL(), q.data) {
		return status(0x6700)
	}
	t.stage = stageDone
	p, un, atc := t.app.profile, [4]byte(q.data), t.app.memory.atc
	one, two := CVC3(t.app.cvc3, []byte(p.stripeTrack1()), un, atc), CVC3(t.app.cvc3, packed(p.stripeTrack2()), un, atc)
	c.gave("CVC3", two)
	b := tlv.Append(nil, tag9F61CVC3Track2, two)
	b = tlv.Append(b, tag9F60CVC3Track1, one)
	b = tlv.Append(b, tlv.Tag9F36ApplicationTransactionCounter, c.counter())
	return answer(tlv.Append(nil, tlv.Tag77ResponseTemplate2, b))
}

// CVC3 is the two-byte checksum of a track (value of 56 or 9F6B) for a reader's
// number and a transaction counter. Its last decimal digits go into the track.
func CVC3(cardKey, track []byte, un [4]byte, atc uint16) []byte {
	iv := RetailMAC(cardKey, track)[6:8]
	block := append(append([]byte(nil), iv...), un[:]...)
	block = binary.BigEndian.AppendUint16(block, atc)
	newTDES(cardKey).Encrypt(block, block)
	return block[6:8]
}
