package main

import "time"

const (
	// commandDeadline is more than the slowest card takes (385 ms), and half of
	// element.CallDeadline.
	commandDeadline = time.Second
	// leaveWithin: a card that answers at all is let go at once.
	leaveWithin = 200 * time.Millisecond
	// connectDeadline: another process's transaction may hold the card.
	connectDeadline = time.Second
	// waitForCard is how long a start waits; PC/SC sees an insertion within 400 ms.
	waitForCard = 10 * time.Second
	lookEvery   = 100 * time.Millisecond
	// maxReaders is libpcsclite's own limit.
	maxReaders = 16
	// minCommand and maxCommand are of PC/SC; scard panics on a command of nothing.
	minCommand, maxCommand = 4, 65_535
)
