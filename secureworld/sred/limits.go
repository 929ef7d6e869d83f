package sred

import "time"

// Limits of this door.
const (
	// MaxBody holds an envelope of 1053 bytes, the largest message, with its id.
	MaxBody = 1280
	// PlaintextSize holds 128 bytes of account data and what DE 55 may carry
	// (255) with the tags of a receipt beside it, several times over.
	PlaintextSize = 1024
	// FrameDeadline is what a peer has to complete a frame that it began.
	FrameDeadline = 5 * time.Second
	// HandshakeDeadline ends half-open peers.
	HandshakeDeadline = 10 * time.Second
)
