package sred

import "time"

// Limits of this door.
const (
	// MaxBody holds the parameters, the largest order; of what a reader sends, the
	// largest is MaxFromReader.
	MaxBody = 60_064
	// MaxFromReader holds an envelope with a certificate chain (7,452 bytes) and
	// its order id.
	MaxFromReader = 7_552
	// FrameDeadline is what a peer has to complete a frame that it began.
	FrameDeadline = 5 * time.Second
	// HandshakeDeadline ends half-open peers.
	HandshakeDeadline = 10 * time.Second
)
