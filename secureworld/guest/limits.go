//go:build linux

package main

import "time"

const (
	// deviceWithin is how long a device may take to appear; a second was measured
	// on an emulated processor.
	deviceWithin = 20 * time.Second
	deviceEvery  = 10 * time.Millisecond
	// lockLimit is boot's.
	lockLimit = 512 << 20
	// driftMost is by how much the clock may differ from outside before it is set.
	driftMost = time.Second
)
