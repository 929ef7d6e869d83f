package kernel2

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// AccountTLV appends the account data (57, 5A, 5F24, 5F34, or 56 and 9F6B in
// mag-stripe mode) in canonical form and nothing else. They must go straight
// into a seal: give dst contactless.AccountRoom, so that no copy is left behind.
func (k *Kernel) AccountTLV(dst []byte) []byte {
	if k.done.stripe {
		return appendFrom(dst, &k.card, []tlv.Tag{tag56Track1, tag9F6BTrack2})
	}
	return appendFrom(dst, &k.card, []tlv.Tag{
		tlv.Tag57Track2EquivalentData, tlv.Tag5APAN, tlv.Tag5F24ApplicationExpirationDate, tlv.Tag5F34PANSequenceNumber,
	})
}

// HostTLV appends the data for DE 55 in canonical form. It is an allow-list, at
// most 255 bytes; account data are not on it, and a card cannot put a value in
// the reader's place. Mag-stripe mode has no cryptogram in it but the checksums,
// with the counter and the number that they were made from.
func (k *Kernel) HostTLV(dst []byte) []byte {
	if !k.done.stripe {
		dst = appendFrom(dst, &k.card, []tlv.Tag{
			tlv.Tag9F26ApplicationCryptogram, tlv.Tag9F27CryptogramInformationData,
			tlv.Tag9F10IssuerApplicationData, tlv.Tag9F36ApplicationTransactionCounter,
			tlv.Tag82ApplicationInterchangeProfile,
		})
		dst = appendFrom(dst, &k.terminal, []tlv.Tag{
			tlv.Tag9F37UnpredictableNumber, tlv.Tag95TerminalVerificationResults, tlv.Tag9F34CVMResults,
		})
	} else {
		dst = appendFrom(dst, &k.card, []tlv.Tag{
			tlv.Tag9F36ApplicationTransactionCounter, tag9F60CVC3Track1, tag9F61CVC3Track2,
		})
		dst = appendFrom(dst, &k.terminal, []tlv.Tag{tag9F6AUNNumeric, tlv.Tag9F37UnpredictableNumber})
	}
	dst = appendFrom(dst, &k.card, []tlv.Tag{
		tlv.Tag84DedicatedFileName, tlv.Tag50ApplicationLabel, tlv.Tag9F12ApplicationPreferredName,
	})
	return appendFrom(dst, &k.terminal, []tlv.Tag{
		tlv.Tag9ATransactionDate, tlv.Tag9CTransactionType, tlv.Tag9F02AmountAuthorised,
		tlv.Tag5F2ATransactionCurrencyCode, tlv.Tag9F1ATerminalCountryCode, tlv.Tag9F03AmountOther,
		tlv.Tag9F33TerminalCapabilities, tlv.Tag9F35TerminalType, tlv.Tag9F1EInterfaceDeviceSerialNumber,
		tlv.Tag9F09ApplicationVersionTerminal, tlv.Tag9F06ApplicationIdentifierTerminal,
		tlv.Tag9F41TransactionSequenceCounter, tlv.Tag9F53TransactionCategoryCode,
	})
}

func appendFrom(dst []byte, s *objects.Store, tags []tlv.Tag) []byte {
	for _, tag := range tags {
		if v, ok := s.Get(tag); ok && len(v) > 0 {
			dst = tlv.Append(dst, tag, v)
		}
	}
	return dst
}
