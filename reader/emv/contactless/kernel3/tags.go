package kernel3

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Data objects that Book C-3 adds (Annex A), and those of offline data
// authentication (EMV 4.4 Book 2).
const (
	tag8FCAKeyIndex             tlv.Tag = 0x8F   // certification authority public key index
	tag90IssuerCertificate      tlv.Tag = 0x90   // issuer public key certificate
	tag92IssuerRemainder        tlv.Tag = 0x92   // issuer public key remainder
	tag93SignedStaticData       tlv.Tag = 0x93   // signed static application data
	tag9F32IssuerExponent       tlv.Tag = 0x9F32 // issuer public key exponent
	tag9F46ICCCertificate       tlv.Tag = 0x9F46 // ICC public key certificate
	tag9F47ICCExponent          tlv.Tag = 0x9F47 // ICC public key exponent
	tag9F48ICCRemainder         tlv.Tag = 0x9F48 // ICC public key remainder
	tag9F5DOfflineSpending      tlv.Tag = 0x9F5D // available offline spending amount, n 12
	tag9F66TerminalQualifiers   tlv.Tag = 0x9F66 // terminal transaction qualifiers (TTQ)
	tag9F69AuthenticationData   tlv.Tag = 0x9F69 // card authentication related data
	tag9F6CCardQualifiers       tlv.Tag = 0x9F6C // card transaction qualifiers (CTQ)
	tag9F6EFormFactorIndicators tlv.Tag = 0x9F6E // form factor indicator
)

// fits checks the lengths of what the kernel computes with, and of what
// AccountTLV has room for.
func fits(tag tlv.Tag, n int) bool {
	switch tag {
	case tag8FCAKeyIndex, tlv.Tag5F34PANSequenceNumber, tlv.Tag9F27CryptogramInformationData:
		return n == 1
	case tlv.Tag82ApplicationInterchangeProfile, tlv.Tag9F36ApplicationTransactionCounter, tag9F6CCardQualifiers,
		tlv.Tag5F28IssuerCountryCode, tlv.Tag9F07ApplicationUsageControl:
		return n == 2
	case tlv.Tag5F24ApplicationExpirationDate:
		return n == 3
	case tlv.Tag57Track2EquivalentData:
		return n <= 19
	case tlv.Tag5APAN:
		return n <= 10
	case tag9F5DOfflineSpending:
		return n == 6
	case tlv.Tag9F26ApplicationCryptogram:
		return n == 8
	case tag9F69AuthenticationData:
		return n >= 5 && n <= 16
	case tlv.Tag9F10IssuerApplicationData:
		return n <= 32
	default:
		return true
	}
}
