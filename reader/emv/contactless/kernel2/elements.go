package kernel2

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A source is what kind of answer an element came in.
type source byte

const (
	sourceFCI source = iota
	sourceOptions
	sourceRecord
	sourceResult // GENERATE AC, RECOVER AC, COMPUTE CRYPTOGRAPHIC CHECKSUM
)

// keepAll stores the primitive elements of an answer (Book C-2: parse and store
// card response). The first that breaks a rule ends it.
func (k *Kernel) keepAll(l tlv.List, from source) L2Error {
	e := ErrorNone
	l.Primitives(func(el tlv.Element) bool {
		e = k.keep(el, from)
		return e == ErrorNone
	})
	return e
}

// keep stores one element. An element twice, one that only the reader may set
// and one of the wrong length are errors; results out of place are not kept.
func (k *Kernel) keep(e tlv.Element, from source) L2Error {
	switch {
	case k.card.Has(e.Tag) || k.terminal.Has(e.Tag) || !lengthAllowed(e.Tag, len(e.Value)):
		return ErrorParsing
	case isResult(e.Tag) != (from == sourceResult):
		return ErrorNone
	case isAccount(e.Tag) && from != sourceRecord:
		return ErrorNone
	case objects.IsText(e.Tag) && !objects.Printable(e.Value) || e.Tag == tlv.Tag5F20CardholderName:
		return ErrorNone // names are not needed, so they are not kept
	case !k.card.Add(e.Tag, e.Value):
		return ErrorParsing
	default:
		return ErrorNone
	}
}

// isResult names what only the answer to the deciding command may give: a record
// must not plant it.
func isResult(tag tlv.Tag) bool {
	switch tag {
	case tlv.Tag9F26ApplicationCryptogram, tlv.Tag9F27CryptogramInformationData,
		tlv.Tag9F36ApplicationTransactionCounter, tlv.Tag9F10IssuerApplicationData,
		tlv.Tag9F4BSignedDynamicApplicationData, tag9F4CICCDynamicNumber, tag9F60CVC3Track1, tag9F61CVC3Track2, tagDF4BPOSInteraction:
		return true
	default:
		return false
	}
}

// isAccount names account data, which come from records only.
func isAccount(tag tlv.Tag) bool {
	switch tag {
	case tag56Track1, tlv.Tag57Track2EquivalentData, tlv.Tag5APAN, tlv.Tag5F24ApplicationExpirationDate,
		tlv.Tag5F34PANSequenceNumber, tag9F6BTrack2:
		return true
	default:
		return false
	}
}

// lengthAllowed holds what the kernel works with to its length (Book C-2, Annex
// A). Other elements may have any.
func lengthAllowed(tag tlv.Tag, n int) bool {
	shortest, longest, known := lengths(tag)
	return !known || n >= shortest && n <= longest
}

func lengths(tag tlv.Tag) (shortest, longest int, known bool) {
	switch tag {
	case tlv.Tag82ApplicationInterchangeProfile, tlv.Tag5F28IssuerCountryCode, tlv.Tag9F07ApplicationUsageControl,
		tlv.Tag9F08ApplicationVersionCard, tlv.Tag9F42ApplicationCurrencyCode, tlv.Tag9F36ApplicationTransactionCounter,
		tag9F60CVC3Track1, tag9F61CVC3Track2, tag9F65PCVC3Track2, tag9F66PUNATCTrack2:
		return 2, 2, true
	case tlv.Tag5F24ApplicationExpirationDate, tlv.Tag5F25ApplicationEffectiveDate, tag9F5DCapabilities:
		return 3, 3, true
	case tagDF4BPOSInteraction:
		return 3, 3, true
	case tlv.Tag9F0DIssuerActionCodeDefault, tlv.Tag9F0EIssuerActionCodeDenial, tlv.Tag9F0FIssuerActionCodeOnline:
		return 5, 5, true
	case tag9F62PCVC3Track1, tag9F63PUNATCTrack1:
		return 6, 6, true
	case tlv.Tag9F26ApplicationCryptogram:
		return 8, 8, true
	case tlv.Tag5F34PANSequenceNumber, tlv.Tag9F27CryptogramInformationData, tag8FCAKeyIndex,
		tag9F64NATCTrack1, tag9F67NATCTrack2:
		return 1, 1, true
	default:
		return boundedLengths(tag)
	}
}

func boundedLengths(tag tlv.Tag) (shortest, longest int, known bool) {
	switch tag {
	case tlv.Tag5APAN:
		return 1, 10, true
	case tlv.Tag57Track2EquivalentData, tag9F6BTrack2:
		return 1, 19, true
	case tag56Track1:
		return 1, 76, true
	case tlv.Tag84DedicatedFileName:
		return 5, 16, true
	case tlv.Tag8ECVMList:
		return 0, 250, true
	case tlv.Tag9F10IssuerApplicationData:
		return 0, 32, true
	case tag9F6EThirdParty:
		return 5, 32, true
	default:
		return 0, 0, false
	}
}
