package kernel2

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Data objects of kernel 2 (Book C-2, Annex A) that package tlv does not name.
const (
	tag56Track1                 tlv.Tag = 0x56   // track 1 data: account data
	tag8FCAKeyIndex             tlv.Tag = 0x8F   // certification authority public key index
	tag90IssuerCertificate      tlv.Tag = 0x90   // issuer public key certificate
	tag92IssuerRemainder        tlv.Tag = 0x92   // issuer public key remainder
	tag9F1DTerminalRisk         tlv.Tag = 0x9F1D // terminal risk management data
	tag9F32IssuerExponent       tlv.Tag = 0x9F32 // issuer public key exponent
	tag9F46ICCCertificate       tlv.Tag = 0x9F46 // ICC public key certificate
	tag9F47ICCExponent          tlv.Tag = 0x9F47 // ICC public key exponent
	tag9F48ICCRemainder         tlv.Tag = 0x9F48 // ICC public key remainder
	tag9F4CICCDynamicNumber     tlv.Tag = 0x9F4C // ICC dynamic number
	tag9F51DRDOL                tlv.Tag = 0x9F51 // data recovery data object list
	tag9F5DCapabilities         tlv.Tag = 0x9F5D // application capabilities information
	tag9F60CVC3Track1           tlv.Tag = 0x9F60 // CVC3 for track 1
	tag9F61CVC3Track2           tlv.Tag = 0x9F61 // CVC3 for track 2
	tag9F62PCVC3Track1          tlv.Tag = 0x9F62 // places of CVC3 in track 1
	tag9F63PUNATCTrack1         tlv.Tag = 0x9F63 // places of UN and ATC in track 1
	tag9F64NATCTrack1           tlv.Tag = 0x9F64 // digits of ATC in track 1
	tag9F65PCVC3Track2          tlv.Tag = 0x9F65 // places of CVC3 in track 2
	tag9F66PUNATCTrack2         tlv.Tag = 0x9F66 // places of UN and ATC in track 2
	tag9F67NATCTrack2           tlv.Tag = 0x9F67 // digits of ATC in track 2
	tag9F69UDOL                 tlv.Tag = 0x9F69 // UN data object list
	tag9F6AUNNumeric            tlv.Tag = 0x9F6A // unpredictable number, numeric
	tag9F6BTrack2               tlv.Tag = 0x9F6B // track 2 data of mag-stripe mode: account data
	tag9F6DStripeVersion        tlv.Tag = 0x9F6D // mag-stripe application version, reader
	tag9F6EThirdParty           tlv.Tag = 0x9F6E // third party data
	tag9F7EMobileSupport        tlv.Tag = 0x9F7E // mobile support indicator
	tagDF4BPOSInteraction       tlv.Tag = 0xDF4B // POS cardholder interaction information
	tagDF8107CDOL1Data          tlv.Tag = 0xDF8107
	tagDF8111PDOLData           tlv.Tag = 0xDF8111
	tagDF8113DRDOLData          tlv.Tag = 0xDF8113
	tagDF8114ReferenceControl   tlv.Tag = 0xDF8114 // P1 of GENERATE AC
	tagDF8301TerminalEntropy    tlv.Tag = 0xDF8301
	tagDF8302DeviceEntropy      tlv.Tag = 0xDF8302
	tagDF8303MinTime            tlv.Tag = 0xDF8303
	tagDF8304MaxTime            tlv.Tag = 0xDF8304
	tagDF8305DeviceTransmission tlv.Tag = 0xDF8305
	tagDF8306MeasuredTime       tlv.Tag = 0xDF8306
	tagDF8307RelayCounter       tlv.Tag = 0xDF8307
)
