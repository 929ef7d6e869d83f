package attestation

const (
	// MaxBody holds eight applications and every text at its longest (1,126 bytes).
	MaxBody = 1280
	// MaxCertificate is twice what the device authority's certificates have.
	MaxCertificate = 1024
	// MaxQuote holds a TPM's quote with MaxStarts starts and more (1,156 bytes).
	MaxQuote = 1536
	// MaxStarts of different kernels between two starts of the machine: an update,
	// its fall-back, and the same again three times.
	MaxStarts = 8
	// maxAttestation is above what a TPM signs of one register (145 bytes with names
	// of SHA-256, 177 with those of SHA-512).
	maxAttestation = 512
	// MaxEvidence is the sum, with lengths, version and signature.
	MaxEvidence = 1 + 2 + MaxBody + SignatureSize + 2 + MaxCertificate + 2 + MaxQuote
	// MaxApplications is what boot hands to a kernel.
	MaxApplications = 8
	// maxText bounds names and words: a terminal id has 8 characters, an
	// application's name 32.
	maxText = 32
	// SignatureSize is r and s of P-256.
	SignatureSize = 64
	// maxTime is the year 9999, so that times can be printed.
	maxTime = 253402300799999
)
