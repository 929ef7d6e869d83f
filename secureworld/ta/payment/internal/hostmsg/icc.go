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

// checksumTags is the allow-list of DE 55 in contactless magnetic stripe mode: the
// card's counter and CVC3, and the number that it was asked with.
func checksumTags() []chipTag {
	return []chipTag{
		{tlv.Tag9F36ApplicationTransactionCounter, 2, 2, true},
		{0x9F60, 2, 2, false}, // CVC3 of track 1
		{0x9F61, 2, 2, true},  // CVC3 of track 2
		{0x9F6A, 4, 4, true},  // numeric unpredictable number
	}
}

// ICC makes DE 55 of a chip from the objects that value finds.
func ICC(value func(tlv.Tag) ([]byte, bool)) ([]byte, error) { return collect(chipTags(), value) }

// Checksum makes DE 55 of contactless magnetic stripe data.
func Checksum(value func(tlv.Tag) ([]byte, bool)) ([]byte, error) {
	return collect(checksumTags(), value)
}

func collect(list []chipTag, value func(tlv.Tag) ([]byte, bool)) ([]byte, error) {
	out := make([]byte, 0, maxICC)
	for _, c := range list {
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
