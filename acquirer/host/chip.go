package host

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// chip is DE 55 of a sale, checked.
type chip struct {
	input []byte // what the card's MAC covers
	atc   [2]byte
	arqc  element.Cryptogram
	psn   uint8
	// onlinePIN says that the card's verification method was the PIN at the host.
	onlinePIN bool
}

// parts of the MAC's input, in its order: Visa CVN 18 and, by the same layout,
// what internal/virtualcard documents.
func parts() []struct {
	tag    tlv.Tag
	length int // 0: as long as it is
} {
	return []struct {
		tag    tlv.Tag
		length int
	}{
		{tlv.Tag9F02AmountAuthorised, 6}, {tlv.Tag9F03AmountOther, 6}, {tlv.Tag9F1ATerminalCountryCode, 2},
		{tlv.Tag95TerminalVerificationResults, 5}, {tlv.Tag5F2ATransactionCurrencyCode, 2}, {tlv.Tag9ATransactionDate, 3},
		{tlv.Tag9CTransactionType, 1}, {tlv.Tag9F37UnpredictableNumber, 4}, {tlv.Tag82ApplicationInterchangeProfile, 2},
		{tlv.Tag9F36ApplicationTransactionCounter, 2}, {tlv.Tag9F10IssuerApplicationData, 0},
	}
}

// parseChip reads DE 55 and holds it to DE 4 and DE 49. It returns DE 39 where
// that fails.
func parseChip(q *request) (*chip, string) {
	raw, ok := q.message.Get(55)
	if !ok || q.message.String(3) != hostspec.ProcessingSale {
		return nil, hostspec.ResponseFormatError
	}
	if q.message.String(4) == "000000000000" {
		return nil, hostspec.ResponseInvalidAmount
	}
	list, err := tlv.Parse(raw)
	if err != nil || holdsAccount(list) {
		return nil, hostspec.ResponseFormatError
	}
	c, ok := readChip(list)
	if !ok {
		return nil, hostspec.ResponseFormatError
	}
	amount, _ := list.Top(tlv.Tag9F02AmountAuthorised)
	currency, _ := list.Top(tlv.Tag5F2ATransactionCurrencyCode)
	if !bytes.Equal(amount.Value, packed(q.message.String(4))) || !bytes.Equal(currency.Value, packed("0"+q.message.String(49))) {
		return nil, hostspec.ResponseInvalidAmount
	}
	return c, ""
}

// holdsAccount finds account data where none may be.
func holdsAccount(list tlv.List) bool {
	for _, tag := range []tlv.Tag{tlv.Tag57Track2EquivalentData, tlv.Tag5APAN, tlv.Tag5F20CardholderName} {
		if _, found := list.Find(tag); found {
			return true
		}
	}
	return false
}

func readChip(list tlv.List) (*chip, bool) {
	c := &chip{}
	for _, p := range parts() {
		e, ok := list.Top(p.tag)
		if !ok && p.tag == tlv.Tag9F03AmountOther {
			e.Value, ok = make([]byte, 6), true // a terminal without cash gives zeros
		}
		if !ok || p.length != 0 && len(e.Value) != p.length || len(e.Value) > 32 {
			return nil, false
		}
		c.input = append(c.input, e.Value...)
	}
	atc, _ := list.Top(tlv.Tag9F36ApplicationTransactionCounter)
	ac, _ := list.Top(tlv.Tag9F26ApplicationCryptogram)
	kind, _ := list.Top(tlv.Tag9F27CryptogramInformationData)
	if len(ac.Value) != 8 || len(kind.Value) != 1 || kind.Value[0]&0xC0 != 0x80 {
		return nil, false // only an ARQC is for the issuer to answer
	}
	c.atc, c.arqc = [2]byte(atc.Value), element.Cryptogram(ac.Value)
	if cvm, ok := list.Top(tlv.Tag9F34CVMResults); ok && len(cvm.Value) == 3 {
		c.onlinePIN = cvm.Value[0]&0x3F == 0x02 // EMV 4.4 Book 3, table 43
	}
	return c, true
}

// question is what the element is asked about the cryptogram.
func (c *chip) question(pan []byte, card issuer.Card, response string) element.VerifyARQC {
	r := element.VerifyARQC{
		PAN: pan, PSN: card.PSN, ATC: c.atc, Data: c.input, ARQC: c.arqc,
		Derivation: element.DeriveCommon, Method: element.Method(card.ARPCMethod), ARC: [2]byte([]byte(response)),
	}
	if response == hostspec.ResponseApproved {
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
