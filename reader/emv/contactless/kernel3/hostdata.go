package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// AccountTLV appends the account data (57, 5A, 5F24, 5F34) in canonical form and
// nothing else. They must go straight into a seal: give dst the capacity
// contactless.AccountRoom, so that no copy is left behind.
func (k *Kernel) AccountTLV(dst []byte) []byte {
	return appendFrom(dst, &k.card, []tlv.Tag{
		tlv.Tag57Track2EquivalentData, tlv.Tag5APAN,
		tlv.Tag5F24ApplicationExpirationDate, tlv.Tag5F34PANSequenceNumber,
	})
}

// HostTLV appends the data for DE 55 in canonical form. It is an allow-list
// without account data, at most 255 bytes, and a card cannot put a value in a
// terminal's place. There are no CVM results (9F34): 9F66 and 9F6C say what was
// asked for.
func (k *Kernel) HostTLV(dst []byte) []byte {
	dst = appendFrom(dst, &k.card, []tlv.Tag{
		tlv.Tag9F26ApplicationCryptogram, tlv.Tag9F27CryptogramInformationData,
		tlv.Tag9F10IssuerApplicationData, tlv.Tag9F36ApplicationTransactionCounter,
		tlv.Tag82ApplicationInterchangeProfile, tlv.Tag84DedicatedFileName,
		tlv.Tag50ApplicationLabel, tlv.Tag9F12ApplicationPreferredName,
		tag9F6CCardQualifiers, tag9F6EFormFactorIndicators,
	})
	return appendFrom(dst, &k.terminal, []tlv.Tag{
		tlv.Tag9F37UnpredictableNumber, tlv.Tag95TerminalVerificationResults,
		tlv.Tag9ATransactionDate, tlv.Tag9CTransactionType, tlv.Tag9F02AmountAuthorised,
		tlv.Tag5F2ATransactionCurrencyCode, tlv.Tag9F1ATerminalCountryCode, tlv.Tag9F03AmountOther,
		tlv.Tag9F33TerminalCapabilities, tlv.Tag9F35TerminalType, tlv.Tag9F1EInterfaceDeviceSerialNumber,
		tlv.Tag9F09ApplicationVersionTerminal, tlv.Tag9F06ApplicationIdentifierTerminal,
		tlv.Tag9F41TransactionSequenceCounter, tag9F66TerminalQualifiers,
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
