package host

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// chip is DE 55 of a sale with a chip, checked.
type chip struct {
	version
	input []byte // what the card's MAC covers
	atc   [2]byte
	un    [4]byte
	arqc  element.Cryptogram
	cvm   [3]byte // 9F34, zeros if it is not there
	info  byte    // what the cryptogram is, of 9F27
}

// Kinds of cryptogram (EMV 4.4 Book 3, table 15).
const (
	infoAAC  = 0x00
	infoTC   = 0x40
	infoARQC = 0x80
)

// takes: an issuer answers an ARQC alone; a card that approved offline proves it by a
// TC; one that takes money may refuse to have it booked in its own counters (AAC).
func (k kind) takes(info byte) bool {
	switch k {
	case kindOffline:
		return info == infoTC
	case kindRefund:
		return info == infoARQC || info == infoAAC
	}
	return info == infoARQC
}

// covered are the parts of the MAC's input, in its order; short is what the short one has.
func covered() []struct {
	tag    tlv.Tag
	length int
	short  bool
} {
	return []struct {
		tag    tlv.Tag
		length int
		short  bool
	}{
		{tlv.Tag9F02AmountAuthorised, 6, true}, {tlv.Tag9F03AmountOther, 6, false}, {tlv.Tag9F1ATerminalCountryCode, 2, false},
		{tlv.Tag95TerminalVerificationResults, 5, false}, {tlv.Tag5F2ATransactionCurrencyCode, 2, false}, {tlv.Tag9ATransactionDate, 3, false},
		{tlv.Tag9CTransactionType, 1, false}, {tlv.Tag9F37UnpredictableNumber, 4, true}, {tlv.Tag82ApplicationInterchangeProfile, 2, false},
		{tlv.Tag9F36ApplicationTransactionCounter, 2, true},
	}
}

// parseChip holds DE 55 to DE 4 and DE 49. It returns DE 39 where that fails: a
// cryptogram of an unknown version is one that does not verify.
func parseChip(q *request, list tlv.List) (*chip, string) {
	iad, _ := list.Top(tlv.Tag9F10IssuerApplicationData)
	if len(iad.Value) > 32 {
		return nil, hostspec.ResponseFormatError
	}
	v, known := readVersion(iad.Value)
	c, ok := readChip(list, v, iad.Value)
	if !ok || !q.kind.takes(c.info) {
		return nil, hostspec.ResponseFormatError
	}
	amount, _ := list.Top(tlv.Tag9F02AmountAuthorised)
	currency, _ := list.Top(tlv.Tag5F2ATransactionCurrencyCode)
	other, hasOther := list.Top(tlv.Tag9F03AmountOther)
	if hasOther && !bytes.Equal(other.Value, packed(fmt.Sprintf("%012d", q.cash))) || !hasOther && q.cash > 0 {
		return nil, hostspec.ResponseInvalidAmount
	}
	if !bytes.Equal(amount.Value, packed(q.message.String(4))) || !bytes.Equal(currency.Value, packed("0"+q.message.String(49))) {
		return nil, hostspec.ResponseInvalidAmount
	}
	if !known {
		return nil, hostspec.ResponseDeclined
	}
	return c, ""
}

func readChip(list tlv.List, v version, iad []byte) (*chip, bool) {
	c := &chip{version: v}
	for _, p := range covered() {
		e, ok := list.Top(p.tag)
		if !ok && p.tag == tlv.Tag9F03AmountOther {
			e.Value, ok = make([]byte, 6), true // a terminal without cash gives zeros
		}
		if !ok || len(e.Value) != p.length {
			return nil, false
		}
		if !v.short || p.short {
			c.input = append(c.input, e.Value...)
		}
	}
	for _, part := range v.covers {
		c.input = append(c.input, iad[part[0]:part[1]]...)
	}
	atc, _ := list.Top(tlv.Tag9F36ApplicationTransactionCounter)
	un, _ := list.Top(tlv.Tag9F37UnpredictableNumber)
	ac, _ := list.Top(tlv.Tag9F26ApplicationCryptogram)
	kind, _ := list.Top(tlv.Tag9F27CryptogramInformationData)
	if len(ac.Value) != 8 || len(kind.Value) != 1 {
		return nil, false
	}
	c.info = kind.Value[0] & 0xC0
	c.atc, c.un, c.arqc = [2]byte(atc.Value), [4]byte(un.Value), element.Cryptogram(ac.Value)
	if cvm, ok := list.Top(tlv.Tag9F34CVMResults); ok && len(cvm.Value) == 3 {
		c.cvm = [3]byte(cvm.Value)
	}
	return c, true
}

func (c *chip) counter() uint16 { return binary.BigEndian.Uint16(c.atc[:]) }

// Methods of 9F34 (EMV 4.4 Book 3, table 43), without the bit that says what
// follows a failure.
const (
	cvmOfflinePlain     = 0x01
	cvmOnline           = 0x02
	cvmOfflinePlainSign = 0x03
	cvmOffline          = 0x04
	cvmOfflineSign      = 0x05
	cvmFailed           = 0x01 // in the third byte
)

// onlinePIN says that the card was told of a PIN at the host.
func (c *chip) onlinePIN() bool { return c.cvm[0]&0x3F == cvmOnline }

// contradicts reports that terminal and card disagree whether the card found a
// PIN right: somebody stands between them.
func (c *chip) contradicts() bool {
	claimed := false
	switch c.cvm[0] & 0x3F {
	case cvmOfflinePlain, cvmOfflinePlainSign, cvmOffline, cvmOfflineSign:
		claimed = c.cvm[2] != cvmFailed
	}
	return claimed != c.offlinePIN()
}

// question is what the element is asked about the cryptogram.
func (c *chip) question(pan []byte, card issuer.Card, method element.Method, response string) element.VerifyARQC {
	r := element.VerifyARQC{
		PAN: pan, PSN: card.PSN, ATC: c.atc, Data: c.input, ARQC: c.arqc,
		Derivation: c.derivation, Method: method, ARC: [2]byte([]byte(response)),
	}
	if c.derivation == element.DeriveUnpredictable {
		r.UN = c.un
	}
	approved := approves(response)
	if c.mchip {
		r.ARC = [2]byte{0x00, 0x00} // M/Chip's own bits
		if approved {
			r.ARC[1] = 0x10
		}
	}
	if approved {
		r.CSU[1] = 0x80 // the issuer approves the online transaction
	}
	return r
}

// packed is BCD of an even number of digits.
func packed(digits string) []byte {
	out := make([]byte, len(digits)/2)
	for i := range out {
		out[i] = (digits[2*i]-'0')<<4 | (digits[2*i+1] - '0')
	}
	return out
}
