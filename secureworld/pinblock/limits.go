package pinblock

const (
	minPIN = 4  // digits; ISO 9564-1
	maxPIN = 12 // digits; ISO 9564-1, and what the length nibble and the fill allow

	maxPAN      = 19 // digits; ISO/IEC 7812-1
	panMinimum4 = 12 // format 4 pads shorter PANs to this with leading zeros
	panMinimum0 = 13 // formats 0 and 3 take 12 digits before the check digit

	clearSize = 8  // bytes of the clear fields of formats 0 to 3
	size4     = 16 // bytes of a format 4 block

	pinNibbles = 14 // digits and fill in the first 8 bytes of every format

	// maxTries bounds the bytes of random read for one fill digit of format 3:
	// four of 256 are rejected, so 16 fail only where the source is broken.
	maxTries = 16
)
