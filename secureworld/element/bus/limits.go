package bus

import "time"

// Limits of the bus.
const (
	// MaxMessage is what the servers carry: 256 releases with the votes of seven
	// members, and bodies as they are in practice.
	MaxMessage = 1 << 20
	// maxQuestionBytes bounds the questions of one message to what goes to a member in
	// one frame.
	maxQuestionBytes = 60 << 10
	// MaxInFlight is how many messages a client has under way to one group; further
	// callers wait. At 256 questions each it is far more than a group does in a second.
	MaxInFlight = 32
	// maxWorkers is how many messages an MCU works on at once, maxWaiting how many may
	// wait for it. What comes beyond that is refused at once and goes to a sibling.
	maxWorkers = 64
	maxWaiting = 256
	// RequestDeadline is what a group has for one message: more than group/door grants
	// a member.
	RequestDeadline = 12 * time.Second
	// renewInterval is how often an MCU renews its record, and silence how long a
	// listener hears nothing before it listens anew.
	renewInterval = 2 * time.Second
	silence       = 3 * renewInterval
	// expiry is when an MCU that did not renew its record is off it: it has died.
	expiry = 5 * renewInterval
	// drainQuiet is how long no message may have come before a draining MCU leaves, and
	// drainLimit when it leaves although they come.
	drainQuiet = 300 * time.Millisecond
	drainLimit = 5 * time.Second
	// strikeLimit is how long a leaving MCU tries to get off the list: longer than a
	// registry takes to find another leading server. Left on it, it is listed as draining
	// and asked by nobody.
	strikeLimit = 8 * time.Second
	// leaveDeadline bounds all of leaving.
	leaveDeadline = drainLimit + RequestDeadline + strikeLimit
	// registryDeadline bounds one exchange with a registry, and retryInterval is the
	// pause after one that failed.
	registryDeadline = 2 * time.Second
	retryInterval    = 250 * time.Millisecond
	// agreeInterval is how often an MCU looks whether its members have agreed, before it
	// lists the group for the first time: agreeing takes some 10 ms.
	agreeInterval = 20 * time.Millisecond
	// longestWait is between two attempts to join a bus that is not there.
	longestWait = 4 * time.Second
)
