package services

import "time"

// Limits of one owner and of all.
const (
	// maxOwners bounds the tables: the app world and the applications that a device
	// of this size runs.
	maxOwners = 8
	// maxPersistent and maxSession bound the keys of one owner, so that all owners
	// together hold 256 rooms of at most 1.1 KiB: a quarter of the key pool of a
	// kernel that root started, half of the smaller one.
	maxPersistent = 16
	maxSession    = 16
	// maxCertificates and maxData bound what one owner stores: 64 KiB and 256 KiB.
	maxCertificates = 16
	maxData         = 64
	// maxChain bounds the authorities between a certificate and its root.
	maxChain = 4
	// maxSeals bounds the messages under one key with random nonces of 96 bits.
	// SP 800-38D, 8.3 allows 2^32; this leaves room for sixteen restarts.
	maxSeals = 1 << 28
	// scratchRooms bounds the operations of applications at a time; who comes
	// later waits for scratchWait and is then told to come again.
	scratchRooms = 2
	scratchWait  = time.Second
	// appWorldWait is the same for the app world, whose operations come one by one.
	appWorldWait = 5 * time.Second
	// maxRest bounds the pause behind an operation of the app world while a payment
	// is under way. The pause is as long as the operation, so that the app world
	// takes at most half of one processor from the payment.
	maxRest = 2 * time.Second
	// certificateYears is how long a certificate for a key is valid: longer than a
	// device is in use, because a terminal's clock and a forgotten renewal must not
	// stop a shop. Deleting the key ends it.
	certificateYears = 10
)
