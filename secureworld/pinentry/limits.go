package pinentry

import "time"

// Limits of this door.
const (
	// MaxBody holds a key block of 256 characters, the largest part, with room.
	MaxBody = 512
	// MaxKeyBlock holds an AES-256 key in a version D block with its optional
	// block IK: 16 + 24 + 96 + 32 characters, with room for padding blocks.
	MaxKeyBlock = 256
	// MaxPAN is the longest PAN (ISO/IEC 7812-1).
	MaxPAN = 19
	// KeyedSize is a keyed card: PAN, expiry date YYMM, verification code.
	KeyedSize = MaxPAN + 4 + 4
	// FrameDeadline is what a peer has to complete a frame that it began.
	FrameDeadline = 5 * time.Second
	// HandshakeDeadline ends half-open peers.
	HandshakeDeadline = 10 * time.Second
	// BetweenKeys and WholeEntry are the cardholder's time (ISO 9564-1 asks for
	// a time-out; the values are this project's).
	BetweenKeys = 30 * time.Second
	WholeEntry  = 60 * time.Second
	// WholeCard is the time for three fields that someone dictates.
	WholeCard = 180 * time.Second
)
