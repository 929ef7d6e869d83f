package gateway

import "time"

const (
	// handshakeDeadline bounds what an unknown peer may cost.
	handshakeDeadline = 10 * time.Second
	// recheckEvery is how long a certificate that is revoked meanwhile goes on.
	recheckEvery = 5 * time.Second
	// idleDeadline is three echo intervals: two missed echoes and the silence
	// before them.
	idleDeadline = 90 * time.Second
	// writeDeadline is what a terminal has to take one answer.
	writeDeadline = 10 * time.Second
	// drainDeadline is what messages have that were taken before the gateway was told to
	// end: the slowest issuer answers in a third of it, and a terminal waits twice as long.
	drainDeadline = 10 * time.Second
	// maxConnections bounds memory; a terminal needs one.
	maxConnections = 1024
	// maxInFlight bounds the messages of one connection that are worked on. A
	// terminal has one request and a few reversals under way.
	maxInFlight = 16
	// maxControlBody bounds a control request: a file of cards.
	maxControlBody = 1 << 20
	// maxExported bounds the reversals that a person brings at once: a terminal has few,
	// and a full control request no more.
	maxExported = 1000
	// maxFaults bounds how many messages one fault may spoil.
	maxFaults = 1000
)
