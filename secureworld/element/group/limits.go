package group

import "time"

// Limits of a member.
const (
	// drainFor is how long an epoch answers what was asked under it after the next has
	// begun: an MCU's deadline for a frame.
	drainFor = 10 * time.Second
	// maxEpochs bounds those that are held: the active one, and one that drains. A third
	// comes only by agreeing faster than draining, and ends the oldest at once.
	maxEpochs = 2
	// maxSessions bounds the sessions of an epoch; clients are hosts, not terminals.
	maxSessions = 256
	// maxOfClient bounds those of one client, so that it pushes out its own sessions and
	// not those of all others.
	maxOfClient = 64
	// maxEnded bounds the identifiers of sessions that were pushed out. One opened again
	// would have a fresh window for old questions; with as many as this, the epoch takes
	// no further session.
	maxEnded = 1 << 14
	// windowSize is how far counters of one session may overtake each other. An MCU asks
	// over 32 connections, 256 questions each, and goes on when two of three have answered:
	// a slower member has all of them before it, in any order. Twice that; 2 KB.
	windowSize = 1 << 14
	// maxShares bounds the contributions that are remembered to find repeated ones.
	maxShares = 4096
)
