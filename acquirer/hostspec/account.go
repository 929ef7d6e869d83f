package hostspec

// Tags of the sealed account data (PrivateAccount), BER-TLV. Which of them a
// message has depends on its entry mode, see Content.
const (
	TagTrack1            uint32 = 0x56   // track 1 as on the stripe, ASCII, without sentinels and check character
	TagTrack2            uint32 = 0x57   // track 2: digits, D as separator, F as padding; of a stripe the same
	TagPAN               uint32 = 0x5A   // cn, F as padding
	TagExpiry            uint32 = 0x5F24 // YYMMDD
	TagSequence          uint32 = 0x5F34 // PAN sequence number, n 2
	TagContactlessTrack2 uint32 = 0x9F6B // kernel 2, magnetic stripe mode: as 57, dynamic digits filled in or zero
	// TagCVV2 is the value printed on a card, three or four ASCII digits. It is of
	// this link's own, and outside what kernel 2 uses of DF.
	TagCVV2 uint32 = 0xDF71
)
