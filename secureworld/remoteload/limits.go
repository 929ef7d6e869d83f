package remoteload

import "time"

const (
	// MaxToken holds a token under RSA-4096 with a certificate beside it.
	MaxToken = 8 << 10
	// MaxRevocations bounds a revocation list: some hundred revoked hosts.
	MaxRevocations = 16 << 10
	// challengeSize is what a host must repeat; X9 TR 34 asks for 8 bytes at least.
	challengeSize = 16
	// challengeLife is how long a host may take to make a token.
	challengeLife = 5 * time.Minute
	// minimumBits of host's and device's keys.
	minimumBits = 2048
	// maxKey is what a key token may carry: AES-256.
	maxKey = 32
	// maxHeader is a key block header with an id of the key.
	maxHeader = 64
)
