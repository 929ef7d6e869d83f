package hostmsg

// Limits of messages.
const (
	// minIssuerAuth and maxIssuerAuth: tag 91 (EMV 4.4 Book 3, Annex A1).
	minIssuerAuth = 8
	maxIssuerAuth = 16
	// maxICC is what DE 55 can hold (hostspec).
	maxICC = 255
)
