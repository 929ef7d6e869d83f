package virtualcard

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// A version is a way to make a cryptogram and to check the issuer's answer.
type version struct {
	cvn       byte
	mchip     bool // 9F10 of 18 bytes; otherwise Visa's 7
	session   sessionKind
	short     bool // over amount, number, counter and one byte of the CVR alone
	zeroes    bool // padding method 1
	whole     bool // over all of 9F10, not the CVR alone
	counters  bool // over the counters too
	arpc      int  // method
	onMaster  bool // ARPC under the card key
	messaging messagingKind
}

type sessionKind byte

const (
	sessionNone   sessionKind = iota // the card key itself
	sessionCommon                    // R = ATC and zeros
	sessionUN                        // R = ATC, 0000, unpredictable number
)

// messagingKind is how script keys come from the card's.
type messagingKind byte

const (
	messagingXOR  messagingKind = iota // XOR with ATC and its complement
	messagingARQC                      // common session key, R = ARQC
)

// versions names what a profile may ask for.
func versions() map[string]version {
	return map[string]version{
		"visa10":  {cvn: 0x0A, zeroes: true, arpc: 1, onMaster: true},
		"visa17":  {cvn: 0x11, zeroes: true, short: true, arpc: 1, onMaster: true},
		"visa18":  {cvn: 0x12, session: sessionCommon, whole: true, arpc: 2},
		"visa22":  {cvn: 0x22, session: sessionCommon, whole: true, arpc: 2, messaging: messagingARQC},
		"mchip10": {cvn: 0x10, mchip: true, session: sessionUN, arpc: 1, onMaster: true, messaging: messagingARQC},
		"mchip11": {cvn: 0x11, mchip: true, session: sessionUN, counters: true, arpc: 1, onMaster: true, messaging: messagingARQC},
		"mchip14": {cvn: 0x14, mchip: true, session: sessionCommon, arpc: 1, messaging: messagingARQC},
		"mchip15": {cvn: 0x15, mchip: true, session: sessionCommon, counters: true, arpc: 1, messaging: messagingARQC},
	}
}

// key is the session key for a cryptogram.
func (v version) key(master []byte, atc uint16, un []byte) []byte {
	r := [8]byte{byte(atc >> 8), byte(atc)}
	switch v.session {
	case sessionNone:
		return append([]byte(nil), master...)
	case sessionUN:
		copy(r[4:], un)
	}
	return sessionKey(master, r)
}

// covered are the data that every cryptogram but the short one begins with.
func covered() []tlv.Tag {
	return []tlv.Tag{
		tlv.Tag9F02AmountAuthorised, tlv.Tag9F03AmountOther, tlv.Tag9F1ATerminalCountryCode,
		tlv.Tag95TerminalVerificationResults, tlv.Tag5F2ATransactionCurrencyCode, tlv.Tag9ATransactionDate,
		tlv.Tag9CTransactionType, tlv.Tag9F37UnpredictableNumber,
	}
}

// input is what the MAC covers; at gives a value that the terminal brought.
func (v version) input(at func(tlv.Tag) []byte, aip, atc, iad []byte) (in []byte) {
	if v.short {
		in = append(in, at(tlv.Tag9F02AmountAuthorised)...)
		in = append(append(in, at(tlv.Tag9F37UnpredictableNumber)...), atc...)
		return append(in, iad[4])
	}
	for _, t := range covered() {
		in = append(in, at(t)...)
	}
	in = append(append(in, aip...), atc...)
	switch {
	case v.whole:
		return append(in, iad...)
	case !v.mchip:
		return append(in, iad[3:7]...)
	case v.counters:
		return append(append(in, iad[2:8]...), iad[10:18]...)
	default:
		return append(in, iad[2:8]...)
	}
}

func (v version) mac(key, input []byte) []byte {
	if v.zeroes {
		return retailMAC(key, append([]byte(nil), input...))
	}
	return RetailMAC(key, input)
}
