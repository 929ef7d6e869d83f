package door

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Limits of this door.
const (
	// MaxMembers bounds a group: two f plus one with f at most 3.
	MaxMembers = 7
	// MaxQuestions is how many questions one frame may carry; beyond some 256 the rate
	// no longer grows and the delay does.
	MaxQuestions = 256
	// MaxSealed is a sealed request: the largest body and its SIV.
	MaxSealed = element.MaxBody + SIVSize
	// MaxAnswer is a sealed answer without its SIV: the kind, and a body.
	MaxAnswer = 1 + element.MaxBody
	// MaxBody is that of a frame; fewer questions go into one when they are long.
	MaxBody = frame.MaxBody
	// MaxCertificate is an X.509 certificate of an Ed25519 key.
	MaxCertificate = 1024
	// MaxTranscript holds MaxMembers with their certificates.
	MaxTranscript = 20 << 10
	// MaxMake bounds the name of a make.
	MaxMake = 32
	// CallDeadline is what an MCU grants a member for a frame of any size: a card
	// under PC/SC takes 0.4 s for one operation.
	CallDeadline = 10 * time.Second
	// IdleDeadline is how long a connection may wait for its next request.
	IdleDeadline = 10 * time.Minute
	// MaxConnections bounds the goroutines of one member.
	MaxConnections = 64
)
