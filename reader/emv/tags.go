package emv

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Data objects that only the kernel and the card speak of (EMV 4.4 Book 3,
// Annex A1). The common ones are in package tlv.
const (
	tagCAKeyIndex             tlv.Tag = 0x8F   // certification authority public key index
	tagIssuerCertificate      tlv.Tag = 0x90   // issuer public key certificate
	tagIssuerRemainder        tlv.Tag = 0x92   // issuer public key remainder
	tagSignedStaticData       tlv.Tag = 0x93   // signed static application data
	tagTDOL                   tlv.Tag = 0x97   // transaction certificate data object list
	tagPINTryCounter          tlv.Tag = 0x9F17 // PIN try counter
	tagCAKeyIndexTerminal     tlv.Tag = 0x9F22 // certification authority public key index, terminal
	tagPINKeyCertificate      tlv.Tag = 0x9F2D // ICC PIN encipherment public key certificate
	tagPINKeyExponent         tlv.Tag = 0x9F2E // ICC PIN encipherment public key exponent
	tagPINKeyRemainder        tlv.Tag = 0x9F2F // ICC PIN encipherment public key remainder
	tagIssuerExponent         tlv.Tag = 0x9F32 // issuer public key exponent
	tagDataAuthenticationCode tlv.Tag = 0x9F45 // data authentication code
	tagICCCertificate         tlv.Tag = 0x9F46 // ICC public key certificate
	tagICCExponent            tlv.Tag = 0x9F47 // ICC public key exponent
	tagICCRemainder           tlv.Tag = 0x9F48 // ICC public key remainder
	tagDDOL                   tlv.Tag = 0x9F49 // dynamic data authentication data object list
	tagICCDynamicNumber       tlv.Tag = 0x9F4C // ICC dynamic number
)
