package elementapplet

const (
	keySize   = 32 // all keys are of AES-256
	blockSize = 16

	// maxKeys: a card has little room; two kinds of base derivation keys, a few of
	// each, and two further keys.
	maxKeys = 16

	minPIN, maxPIN = 4, 12 // ISO 9564-1
	minPAN, maxPAN = 1, 19 // of a PIN block
	minAccount     = 12    // of a reference
	maxOneBits     = 16    // ANSI X9.24-3: counters with more are not used
	padToPAN       = 12    // format 4 pads shorter ones with zeros in front
	macSize        = 8     // of 16
)
