package provisioning

// Limits of the files.
const (
	// MaxFile holds a configuration of a few kilobytes many times over; a file
	// that someone mistook for one is not read into memory whole.
	MaxFile = 64 << 10
	// MaxKeys is several times what any device is given.
	MaxKeys = 16
)
