package provisioning

// Limits of the files.
const (
	// MaxFile holds a configuration of a few kilobytes many times over; a file
	// that someone mistook for one is not read into memory whole.
	MaxFile = 64 << 10
	// MaxKeys is several times what any device is given.
	MaxKeys = 16
	// Identities are what DE 41 and DE 42 hold (ISO 8583:1987).
	maxTerminalID = 8
	maxMerchantID = 15
)
