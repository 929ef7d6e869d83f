package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// AccountTLV appends the account data (57, 5A, 5F24, 5F34) in canonical form
// and nothing else. They must go straight into a seal. At most 64 bytes: give
// dst that capacity, so that no copy is left behind.
func (t *Transaction) AccountTLV(dst []byte) []byte {
	for _, tag := range [...]tlv.Tag{
		tlv.Tag57Track2EquivalentData, tlv.Tag5APAN,
		tlv.Tag5F24ApplicationExpirationDate, tlv.Tag5F34PANSequenceNumber,
	} {
		if v, ok := t.card.Get(tag); ok {
			dst = tlv.Append(dst, tag, v)
		}
	}
	return dst
}

// HostTLV appends the data for DE 55 in canonical form, as they are now: with
// the ARQC before the host is asked, with the TC or AAC after the second
// GENERATE AC. It is an allow-list, at most 255 bytes; account data are not
// on it, and a card cannot put a value in a terminal's place.
func (t *Transaction) HostTLV(dst []byte) []byte {
	dst = appendFrom(dst, &t.card, []tlv.Tag{
		tlv.Tag9F26ApplicationCryptogram, tlv.Tag9F27CryptogramInformationData,
		tlv.Tag9F10IssuerApplicationData, tlv.Tag9F36ApplicationTransactionCounter,
		tlv.Tag82ApplicationInterchangeProfile, tlv.Tag84DedicatedFileName,
		tlv.Tag50ApplicationLabel, tlv.Tag9F12ApplicationPreferredName,
	})
	return appendFrom(dst, &t.terminal, []tlv.Tag{
		tlv.Tag9F37UnpredictableNumber, tlv.Tag95TerminalVerificationResults,
		tlv.Tag9ATransactionDate, tlv.Tag9CTransactionType, tlv.Tag9F02AmountAuthorised,
		tlv.Tag5F2ATransactionCurrencyCode, tlv.Tag9F1ATerminalCountryCode, tlv.Tag9F03AmountOther,
		tlv.Tag9F33TerminalCapabilities, tlv.Tag9F34CVMResults, tlv.Tag9F35TerminalType,
		tlv.Tag9F1EInterfaceDeviceSerialNumber, tlv.Tag9F09ApplicationVersionTerminal,
		tlv.Tag9F06ApplicationIdentifierTerminal, tlv.Tag9BTransactionStatusInformation,
		tlv.Tag9F41TransactionSequenceCounter, tlv.Tag9F5BIssuerScriptResults,
	})
}

func appendFrom(dst []byte, s *objects.Store, tags []tlv.Tag) []byte {
	for _, tag := range tags {
		if v, ok := s.Get(tag); ok {
			dst = tlv.Append(dst, tag, v)
		}
	}
	return dst
}
