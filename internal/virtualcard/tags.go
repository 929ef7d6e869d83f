package virtualcard

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Data objects of cards that package tlv does not name.
const (
	tag8FCAIndex           tlv.Tag = 0x8F
	tag90IssuerCertificate tlv.Tag = 0x90
	tag92IssuerRemainder   tlv.Tag = 0x92
	tag93StaticSignature   tlv.Tag = 0x93
	tag9F17PINTries        tlv.Tag = 0x9F17
	tag9F2DPINCertificate  tlv.Tag = 0x9F2D
	tag9F2EPINExponent     tlv.Tag = 0x9F2E
	tag9F2FPINRemainder    tlv.Tag = 0x9F2F
	tag9F32IssuerExponent  tlv.Tag = 0x9F32
	tag9F45DataCode        tlv.Tag = 0x9F45
	tag9F46CardCertificate tlv.Tag = 0x9F46
	tag9F47CardExponent    tlv.Tag = 0x9F47
	tag9F48CardRemainder   tlv.Tag = 0x9F48
	tag9F49DDOL            tlv.Tag = 0x9F49
	tag9F4AStaticTagList   tlv.Tag = 0x9F4A
	tag9F4BDynamic         tlv.Tag = 0x9F4B
	tag9F4CDynamicNumber   tlv.Tag = 0x9F4C

	tag56Track1       tlv.Tag = 0x56
	tag9F2AKernel     tlv.Tag = 0x9F2A
	tag9F51DRDOL      tlv.Tag = 0x9F51 // kernel 2
	tag9F60CVC3Track1 tlv.Tag = 0x9F60
	tag9F61CVC3Track2 tlv.Tag = 0x9F61
	tag9F62PCVC3T1    tlv.Tag = 0x9F62
	tag9F63PUNATCT1   tlv.Tag = 0x9F63
	tag9F64NATCT1     tlv.Tag = 0x9F64
	tag9F65PCVC3T2    tlv.Tag = 0x9F65
	tag9F66PUNATCT2   tlv.Tag = 0x9F66 // in a record; in a PDOL it is TTQ (kernel 3)
	tag9F66TTQ        tlv.Tag = 0x9F66
	tag9F67NATCT2     tlv.Tag = 0x9F67
	tag9F68StripeCVM  tlv.Tag = 0x9F68
	tag9F69UDOL       tlv.Tag = 0x9F69 // kernel 2
	tag9F69CardData   tlv.Tag = 0x9F69 // kernel 3: card authentication related data
	tag9F6ANumber     tlv.Tag = 0x9F6A
	tag9F6BTrack2     tlv.Tag = 0x9F6B
	tag9F6CVersion    tlv.Tag = 0x9F6C // kernel 2: mag-stripe application version
	tag9F6CCTQ        tlv.Tag = 0x9F6C // kernel 3: card transaction qualifiers
	tag9F6EFormFactor tlv.Tag = 0x9F6E
)
