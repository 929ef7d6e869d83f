package service

import "time"

const (
	// pinEvery and pinsAtOnce bound how fast PINs can be taken: sixteen in a
	// row, then one every three seconds. A stolen card must not have its PIN
	// found by trying (PCI PTS POI asks for a deterrent of this kind; the
	// numbers are this project's). No cardholder and no cashier types faster:
	// three attempts with a wrong PIN, and a queue of customers, stay below it.
	// Whoever comes too early waits, and is not refused.
	//
	// BUG(pinpad): the count is not kept across restarts. The issuer's own
	// count of wrong PINs, and the secure world's limit of attempts per
	// payment, are what stops an attacker who can restart the device.
	pinEvery   = 3 * time.Second
	pinsAtOnce = 16

	// resultTime is how long a result stays on the display.
	resultTime = 5 * time.Second
)
