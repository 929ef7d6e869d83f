package element

import "time"

// Limits of this door.
const (
	// MaxBody bounds a frame: the largest is a MAC over a host message.
	MaxBody = 4400
	// MaxData is a whole host message (hostspec.MaxMessage).
	MaxData = 4096
	// MaxSealed is account data sealed by a terminal (hostspec.MaxSealedAccount).
	MaxSealed = 192
	// maxPAN is the longest account number, ISO/IEC 7812-1.
	maxPAN = 19
	// MaxCryptogramInput is what a card's MAC may cover: CDOL1 data, AIP, ATC, and
	// issuer application data, each at most 252 bytes.
	MaxCryptogramInput = 512
	// MaxScriptData: a script of 128 bytes (hostspec.MaxScripts) has 86, 9F18, header
	// and MAC around it.
	MaxScriptData = 96
	// MaxKeyBlock is a key block of AES-256 (144 characters) with some optional blocks.
	MaxKeyBlock = 512
	// IdleDeadline is how long a connection may wait for its next request.
	IdleDeadline = 10 * time.Minute
	// FrameDeadline is what a client has to take an answer.
	FrameDeadline = 5 * time.Second
	// CallDeadline is what a client grants an element. An operation takes
	// microseconds: this is a dead element.
	CallDeadline = 2 * time.Second
	// MaxConnections bounds the goroutines of one element.
	MaxConnections = 128
)
