package tlsca

import "time"

// Limits of names and certificates.
const (
	// maxNames is far above the addresses of one terminal.
	maxNames = 16
	// maxName keeps a name with everything else in one QR code.
	maxName = 100
	// authorityLife outlives the device.
	authorityLife = 20 * 365 * 24 * time.Hour
	// leafLife is that of the certificate that is shown; renewAfter is when
	// another is made, so that the one in use has always two months left.
	leafLife, renewAfter = 90 * 24 * time.Hour, 30 * 24 * time.Hour
	// skew is how far a till's clock may be behind the terminal's.
	skew = 24 * time.Hour
)
