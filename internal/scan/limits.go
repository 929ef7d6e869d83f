package scan

const (
	// shortestNeedle is the fewest bytes that may be searched for. Five random
	// bytes occur once in 2^40; a 12-digit PIN in BCD that starts in the middle
	// of a byte has exactly five whole ones (its half bytes are checked too).
	shortestNeedle = 5

	// maxHits bounds a report: a control process can hold a canary in millions
	// of places, and the first thousands say all there is to say.
	maxHits = 10_000

	// chunkBytes is how much memory or file is held at once. It fits into the
	// second-level cache, which is what makes the search fast.
	chunkBytes = 256 << 10

	// pageBytes is the unit in which the system refuses memory.
	pageBytes = 4096

	// minPANDigits and maxPANDigits are the lengths of ISO/IEC 7812-1 numbers
	// that payment uses. Shorter ones would be found by chance.
	minPANDigits = 12
	maxPANDigits = 19

	// pinDigits is the length of a canary PIN, the longest of ISO 9564-1: any
	// shorter one would be found by chance.
	pinDigits = 12

	// minKeyBytes and maxKeyBytes hold every symmetric key and private scalar
	// in use, and RSA components up to 4096 bits.
	minKeyBytes = 16
	maxKeyBytes = 512

	// maxTrack2Characters is the track's length without sentinels
	// (ISO/IEC 7813).
	maxTrack2Characters = 37
)
