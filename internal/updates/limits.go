package updates

const (
	// maxLog is some ten thousand releases.
	maxLog = 16 << 20
	// maxCheckpoint is a text of four lines and a few signatures.
	maxCheckpoint = 4 << 10
	// maxFile is the largest file that boot takes: a kernel.
	maxFile = 64 << 20
	// maxFiles is what boot takes: three, and two for each application.
	maxFiles = 19
)
