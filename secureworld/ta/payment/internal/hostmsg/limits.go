package hostmsg

// Limits of messages.
const (
	// minIssuerAuth and maxIssuerAuth: tag 91 (EMV 4.4 Book 3, Annex A1).
	minIssuerAuth = 8
	maxIssuerAuth = 16
	// scriptResult is one entry of 9F5B (EMV 4.4 Book 4, Annex A5).
	scriptResult = 5
	// maxICC is what DE 55 can hold (hostspec).
	maxICC = 255
)
