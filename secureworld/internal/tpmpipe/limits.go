package tpmpipe

const (
	// MaxQuote is what package attestation takes.
	MaxQuote = 1536
	// MaxSealed is above what the program makes of a secret: 250 bytes.
	MaxSealed = 512
	// SecretSize is that of a secret.
	SecretSize = 32
	// maxFrame is the longest message.
	maxFrame = 1 + MaxQuote
)
