package parameters

const (
	// MaxBody is what one order to the reader carries (sred.Configure).
	MaxBody = 60_000
	// MaxSigned holds a body with its certificate and signatures, a few hundred
	// bytes; package certificate takes no more.
	MaxSigned = 64 << 10
	// maxAIDs bounds the time that a foreign card takes: each may be asked for.
	maxAIDs = 16
	// maxPrefixes is more card programs than one shop takes.
	maxPrefixes = 64
	// MaxRevokedPerKey is what the answer to the payment application holds
	// (call.CAKeyAnswer). Terminals are asked for thirty for each scheme.
	MaxRevokedPerKey = 64
	// minBits is the floor of min_bits: what is shorter has been broken in public.
	// Published test keys go down to minTestBits.
	minBits     = 1024
	minTestBits = 512
	// maxBits is the longest key that EMV allows.
	maxBits = 1984
	// maxFallbacks bounds both counts of fallback: a busy lane takes some hundred
	// cards in an hour.
	maxFallbacks = 1000
	// maxAmount is the longest amount of a message (n 12).
	maxAmount = 999_999_999_999
	// maxOffline and maxOfflineHours: what waits must be told while it still counts.
	maxOffline      = 500
	maxOfflineHours = 7 * 24
)
