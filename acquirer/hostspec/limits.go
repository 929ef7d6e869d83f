package hostspec

import "time"

// Limits of this door.
const (
	// MaxMessage: the largest message here has some 1,200 bytes; 4 KiB leaves
	// room and bounds what a broken peer can make one hold.
	MaxMessage = 4096
	// FrameDeadline is what a peer has to complete a frame that it began.
	FrameDeadline = 10 * time.Second
	// AnswerDeadline is how long a terminal waits before it reverses.
	AnswerDeadline = 20 * time.Second
	// EchoInterval is the silence after which a terminal asks for an echo.
	EchoInterval = 30 * time.Second
	// MaxSealedAccount holds 56, 57, 5A, 5F24, 5F34 and 9F6B at their longest with
	// tags and the GCM tag: 162 bytes.
	MaxSealedAccount = 192
	// MaxScripts is how long 71 and 72 of one answer may be together (EMV 4.4 Book
	// 3, issuer script processing).
	MaxScripts = 128
)
