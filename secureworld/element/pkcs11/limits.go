//go:build linux && cgo

package main

const (
	keySize   = 32 // all keys are of AES-256
	blockSize = 16
	tagSize   = 16

	// sessions at once. With SoftHSM2 eight gained nothing over one; a module of
	// hardware may have several engines.
	maxSessions = 4
	// maxKeys is a bound for the search in the token.
	maxKeys = 64
	// maxPIN of a token, in bytes.
	maxPIN = 256
	// maxOneBits: counters with more are not used (ANSI X9.24-3).
	maxOneBits = 16

	minAccount, maxAccount = 12, 19 // digits
)
