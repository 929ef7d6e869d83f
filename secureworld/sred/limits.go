package sred

import "time"

// Limits of this door.
const (
	// MaxBody holds an envelope of 1053 bytes, the largest message, with its id.
	MaxBody = 1280
	// FrameDeadline is what a peer has to complete a frame that it began.
	FrameDeadline = 5 * time.Second
	// HandshakeDeadline ends half-open peers.
	HandshakeDeadline = 10 * time.Second
)
