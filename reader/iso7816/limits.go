package iso7816

const (
	// maxTurns bounds one command's exchanges: a card that answers 61xx or
	// 6Cxx for ever must not hold the reader. Honest cards need three.
	maxTurns = 32

	// maxAnswer bounds the joined answer; EMV's own limit is 256 bytes, and
	// 64 KiB is the longest answer of ISO/IEC 7816-4's extended length.
	maxAnswer = 64 << 10

	// maxData is Lc of a short command. EMV uses no other.
	maxData = 255

	// maxATR is ISO/IEC 7816-3's: TS and at most 32 characters behind it.
	maxATR = 33
)
