package mailbox

import "time"

// Limits of this door.
const (
	// MaxBody holds the largest message: Open with all that its fields may have
	// (7,176 bytes), and room to grow. What has no Opaque in it has some 500 bytes.
	MaxBody = 8 << 10
	// MaxSessions bounds what a broken app world can make the kernel hold: one
	// for commands, one for events, and the same again for a successor that
	// connects before its predecessor's sockets are gone, twice over.
	MaxSessions = 8
	// MaxWait keeps a waiting Events call below the app world's own deadline.
	MaxWait = 25 * time.Second
	// MaxTimeout is the longest that a card may be waited for, in seconds.
	MaxTimeout = 120
	// maxRingAnswer holds a Ring or a Refused with their heads.
	maxRingAnswer = 64
	// FrameDeadline is what a peer has to complete a frame that it began.
	FrameDeadline = 5 * time.Second
	// LowKeys is how many uses of a counted key may be left before it is told to be
	// replaced: a busy lane's messages of some months.
	LowKeys = 100_000
	// EventHistory is how many events can be asked for again.
	EventHistory = 1024
)
