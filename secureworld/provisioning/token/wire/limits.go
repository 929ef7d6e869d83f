package wire

const (
	// MaxBody holds the longest message that is signed, a document of 64 KB less
	// the frame's own fields.
	MaxBody = 65100
	// MaxKeys in use at a time; a role has six at most.
	MaxKeys = 32
)
