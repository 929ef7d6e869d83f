package virtualcard

import (
	"crypto/subtle"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Cryptogram types, P1 of GENERATE AC.
const (
	acAAC  = 0x00
	acTC   = 0x40
	acARQC = 0x80
)

// CVR bits, second byte (layout in the package comment).
const (
	cvrSecondTC     = 0x40
	cvrSecondNone   = 0x80
	cvrFirstARQC    = 0x20
	cvrIssuerFailed = 0x08
)

// Offsets in the data of CDOL1 and CDOL2.
const (
	cdol1TVR, cdol1UN = 14, 25
	cdol2TVR, cdol2UN = 2, 7
	cdol2Issuer       = 11
)

// cdol1 is 29 bytes, in the order that CVN 18 covers.
func cdol1() tlv.DOL {
	return tlv.DOL{
		{Tag: tlv.Tag9F02AmountAuthorised, Length: 6}, {Tag: tlv.Tag9F03AmountOther, Length: 6},
		{Tag: tlv.Tag9F1ATerminalCountryCode, Length: 2}, {Tag: tlv.Tag95TerminalVerificationResults, Length: 5},
		{Tag: tlv.Tag5F2ATransactionCurrencyCode, Length: 2}, {Tag: tlv.Tag9ATransactionDate, Length: 3},
		{Tag: tlv.Tag9CTransactionType, Length: 1}, {Tag: tlv.Tag9F37UnpredictableNumber, Length: 4},
	}
}

// cdol2 carries the issuer authentication data, so that no EXTERNAL
// AUTHENTICATE is needed.
func (p Profile) cdol2() tlv.DOL {
	return tlv.DOL{
		{Tag: tlv.Tag8AAuthorisationResponseCode, Length: 2}, {Tag: tlv.Tag95TerminalVerificationResults, Length: 5},
		{Tag: tlv.Tag9F37UnpredictableNumber, Length: 4}, {Tag: tlv.Tag91IssuerAuthenticationData, Length: p.issuerDataLength()},
	}
}

func (p Profile) issuerDataLength() int {
	if p.ARPCMethod == 1 {
		return 10
	}
	return 8
}

func (c *Card) generateAC(q command) []byte {
	switch c.stage {
	case stageInitiated:
		return c.firstAC(q)
	case stageRequested:
		return c.secondAC(q)
	default:
		return status(0x6985)
	}
}

// firstAC never approves by itself: whoever asks for a TC gets an ARQC.
func (c *Card) firstAC(q command) []byte {
	if len(q.data) != cdol1().DataLength() {
		return status(0x6700)
	}
	c.cdol1 = append([]byte(nil), q.data...)
	if q.p1&0xC0 == acAAC || c.profile.Declines {
		c.stage = stageDone
		return c.cryptogram(acAAC, c.cdol1, cvrSecondNone)
	}
	kind := byte(acARQC)
	if c.profile.Garbage == GarbageTC {
		kind = acTC
	}
	c.stage = stageRequested
	return c.cryptogram(kind, c.cdol1, cvrSecondNone|cvrFirstARQC)
}

func (c *Card) secondAC(q command) []byte {
	if len(q.data) != c.profile.cdol2().DataLength() {
		return status(0x6700)
	}
	c.stage = stageDone
	if c.issuer == issuerSilent {
		c.authenticate(q.data[cdol2Issuer:])
	}
	data := append([]byte(nil), c.cdol1...)
	copy(data[cdol1TVR:], q.data[cdol2TVR:cdol2TVR+5])
	copy(data[cdol1UN:], q.data[cdol2UN:cdol2UN+4])
	cvr := byte(cvrFirstARQC)
	if c.issuer == issuerFailed {
		cvr |= cvrIssuerFailed
	}
	if q.p1&0xC0 == acTC && c.issuer == issuerApproved {
		return c.cryptogram(acTC, data, cvr|cvrSecondTC)
	}
	return c.cryptogram(acAAC, data, cvr)
}

// cryptogram answers in format 2, or 1.
func (c *Card) cryptogram(kind byte, data []byte, cvr byte) []byte {
	iad := []byte{0x06, 0x01, 0x12, 0x03, cvr, 0x00, 0x00}
	input := append([]byte(nil), data...)
	input = append(append(append(input, c.profile.aip()...), c.counter()...), iad...)
	session := SessionKey(c.master, *c.atc)
	mac := RetailMAC(session, input)
	clear(session)
	if kind == acARQC {
		c.arqc = mac
	}
	if c.profile.Format1 {
		b := append(append(append([]byte{kind}, c.counter()...), mac...), iad...)
		return answer(tlv.Append(nil, tlv.Tag80ResponseTemplate1, b))
	}
	b := tlv.Append(nil, tlv.Tag9F27CryptogramInformationData, []byte{kind})
	b = tlv.Append(b, tlv.Tag9F36ApplicationTransactionCounter, c.counter())
	b = tlv.Append(b, tlv.Tag9F26ApplicationCryptogram, mac)
	b = tlv.Append(b, tlv.Tag9F10IssuerApplicationData, iad)
	return answer(tlv.Append(nil, tlv.Tag77ResponseTemplate2, b))
}

// externalAuthenticate is allowed once, after the ARQC (Book 3, clause 6.5.4).
func (c *Card) externalAuthenticate(q command) []byte {
	if c.stage != stageRequested || c.issuer != issuerSilent {
		return status(0x6985)
	}
	if len(q.data) != c.profile.issuerDataLength() {
		return status(0x6700)
	}
	c.authenticate(q.data)
	if c.issuer == issuerFailed {
		return status(0x6300)
	}
	return status(0x9000)
}

// authenticate checks tag 91. All zeros is what a terminal fills in where the
// issuer sent nothing.
func (c *Card) authenticate(data []byte) {
	if allZero(data) {
		return
	}
	session := SessionKey(c.master, *c.atc)
	defer clear(session)
	want, approves := ARPC2(session, c.arqc, data[4:8]), data[5]&0x80 != 0
	if c.profile.ARPCMethod == 1 {
		want, approves = ARPC1(session, c.arqc, [2]byte(data[8:10])), string(data[8:10]) == "00"
	}
	switch {
	case subtle.ConstantTimeCompare(want, data[:len(want)]) != 1:
		c.issuer = issuerFailed
	case approves:
		c.issuer = issuerApproved
	default:
		c.issuer = issuerDeclined
	}
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
