package tpmpipe

const (
	// MaxQuote is what package attestation takes.
	MaxQuote = 1536
	// maxFrame is the longest message.
	maxFrame = 1 + MaxQuote
)
