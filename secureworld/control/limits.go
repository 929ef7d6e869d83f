package control

import "time"

const (
	// maxPacket holds the longest answer (events: 3 + 32 × 19 bytes).
	maxPacket = 1024
	// maxDescriptors received at once; one is permitted, the rest are closed.
	maxDescriptors = 4
	// MaxEvents is how far history goes back.
	MaxEvents = 32
	// MaxInstalled is what the handover hands over.
	MaxInstalled = 8
	// maxFiles of one update: kernel, manifest, licence, and for each application
	// a module and a statement.
	maxFiles = 3 + 2*MaxInstalled
	// nameSize is the room of an application's name.
	nameSize = 32
	// IdleFor is how long boot waits for a connection's next request; the operators
	// that it serves at a time are few.
	IdleFor = 30 * time.Second
	// answerWithin is how long the operator waits: boot may have to verify and
	// write a whole image, and the kernel to compile an application.
	answerWithin = 2 * time.Minute
)
