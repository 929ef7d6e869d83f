package account

// Limits of account data.
const (
	// minPAN: 12 digits is what a format 4 PIN block needs (ISO 9564-1), and
	// the shortest PAN that schemes issue.
	minPAN = 12
	// MaxPAN is the longest PAN of ISO/IEC 7812-1.
	MaxPAN = 19
	// maxTrack is 37 digits and separators of track 2 (ISO/IEC 7813, without
	// sentinels and LRC), and a pad, in bytes; the length of tag 57.
	maxTrack = 19
	// maxPANBytes is the length of tag 5A, cn to 19.
	maxPANBytes = 10
	// maxFirst is track 1 without sentinels and check character (ISO/IEC 7813: 79
	// characters with them).
	maxFirst = 76
	// maxCode is the longest verification code, on American Express cards.
	maxCode = 4
	// keyedSize is a keyed card: PAN, expiry date, verification code.
	keyedSize = MaxPAN + 4 + maxCode
	// MaxTLV is the room that AppendTLV needs at most: 56, 57, 5A, 5F24, 5F34, 9F6B
	// and the verification code, with tags and lengths.
	MaxTLV = 2 + maxFirst + 2 + maxTrack + 2 + maxPANBytes + 3 + 3 + 3 + 1 + 3 + maxTrack + 3 + maxCode
)
