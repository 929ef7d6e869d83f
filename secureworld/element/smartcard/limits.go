package main

import "time"

const (
	// commandDeadline is more than the slowest card takes (385 ms), and less than
	// element.CallDeadline.
	commandDeadline = 1500 * time.Millisecond
	// connectDeadline: another process's transaction may hold the card.
	connectDeadline = time.Second
	// waitForCard is how long a start waits; PC/SC sees an insertion within 400 ms.
	waitForCard = 10 * time.Second
	lookEvery   = 100 * time.Millisecond
	// minCommand and maxCommand are of PC/SC; scard panics on a command of nothing.
	minCommand, maxCommand = 4, 65_535
)
