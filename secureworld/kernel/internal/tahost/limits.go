package tahost

const (
	// maxModuleBytes bounds compile time and memory; a Go application with an
	// ISO 8583 library has 4 MB.
	maxModuleBytes = 32 << 20
	// maxSleep bounds one sleep inside an application; the call's deadline ends
	// it earlier.
	maxSleepSeconds = 60
	// minExchange is what tasdk promises to both sides.
	minExchange = 64 << 10
)
