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
	// MaxTLV is the room that AppendTLV needs at most: 57, 5A, 5F24 and 5F34
	// with tags and lengths.
	MaxTLV = 2 + maxTrack + 2 + maxPANBytes + 3 + 3 + 3 + 1
)
