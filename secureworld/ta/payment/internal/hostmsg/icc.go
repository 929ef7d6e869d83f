package hostmsg

import (
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// chipTag is one data object that may travel in DE 55.
type chipTag struct {
	tag      tlv.Tag
	min, max int // length of the value
	needed   bool
}

// chipTags is the allow-list of DE 55, rising: what the issuer needs to verify
// the cryptogram and to judge the transaction. An object that is not listed
// never travels, whatever a card or a reader sends; 57, 5A, 5F20 and 5F24 are
// account data and will never be listed.
func chipTags() []chipTag {
	return []chipTag{
		{tlv.Tag82ApplicationInterchangeProfile, 2, 2, true},
		{tlv.Tag84DedicatedFileName, 5, 16, false},
		{tlv.Tag95TerminalVerificationResults, 5, 5, true},
		{tlv.Tag9ATransactionDate, 3, 3, true},
		{tlv.Tag9CTransactionType, 1, 1, true},
		{tlv.Tag5F2ATransactionCurrencyCode, 2, 2, true},
		{tlv.Tag5F34PANSequenceNumber, 1, 1, false},
		{tlv.Tag9F02AmountAuthorised, 6, 6, true},
		{tlv.Tag9F03AmountOther, 6, 6, false},
		{tlv.Tag9F09ApplicationVersionTerminal, 2, 2, false},
		{tlv.Tag9F10IssuerApplicationData, 1, 32, false}, // optional in EMV; the issuer judges its absence
		{tlv.Tag9F1ATerminalCountryCode, 2, 2, true},
		{tlv.Tag9F1EInterfaceDeviceSerialNumber, 8, 8, false},
		{tlv.Tag9F26ApplicationCryptogram, 8, 8, true},
		{tlv.Tag9F27CryptogramInformationData, 1, 1, true},
		{tlv.Tag9F33TerminalCapabilities, 3, 3, false},
		{tlv.Tag9F34CVMResults, 3, 3, false}, // absent where the card supports no verification
		{tlv.Tag9F35TerminalType, 1, 1, false},
		{tlv.Tag9F36ApplicationTransactionCounter, 2, 2, true},
		{tlv.Tag9F37UnpredictableNumber, 4, 4, true},
		{tlv.Tag9F41TransactionSequenceCounter, 2, 4, false},
		{tlv.Tag9F53TransactionCategoryCode, 1, 1, false},
	}
}

// ICC makes DE 55 from the objects that value finds.
func ICC(value func(tlv.Tag) ([]byte, bool)) ([]byte, error) {
	out := make([]byte, 0, maxICC)
	for _, c := range chipTags() {
		v, there := value(c.tag)
		if !there && !c.needed {
			continue
		}
		if !there || len(v) < c.min || len(v) > c.max {
			return nil, call.CodeCardData
		}
		out = tlv.Append(out, c.tag, v)
	}
	if len(out) > maxICC {
		return nil, call.CodeCardData
	}
	return out, nil
}
