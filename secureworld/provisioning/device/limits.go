package device

import "time"

const (
	// maxState holds a DUKPT state (under 2 KiB) and the other fields twice.
	maxState = 8 << 10

	// maxPINKeys is how many PIN keys a PIN pad remembers to have had. A key
	// that comes back would repeat its counters, so none may be forgotten;
	// a PIN key lasts for two thousand million PINs.
	maxPINKeys = 64

	// firstPause and longestPause bound the wait between two attempts to reach
	// the secure world: short enough that a restart is not noticed, long enough
	// that a lane that is switched off costs nothing.
	firstPause   = 100 * time.Millisecond
	longestPause = time.Second

	// steady is how long a session must have lasted for the pause to start
	// small again: a peer that is refused at once is not asked ten times a second.
	steady = 5 * time.Second

	// writeDeadline: a peer that takes nothing is gone.
	writeDeadline = 5 * time.Second
)
