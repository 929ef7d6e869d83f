package pairing

import "time"

// Limits of pairing.
const (
	// Lifetime is what merchant and till have for one request: long enough to walk
	// from one to the other.
	Lifetime = 120 * time.Second
	// Tries end a request: of 10^8 codes, five can be guessed at.
	Tries = 5
	// maxName fits on one line of a page and of a list.
	maxName = 32
	// maxDigits of a name keep card and telephone numbers out of it.
	maxDigits = 8
	// maxClients is far above the tills of one terminal.
	maxClients = 64
	// maxRevoked is how many ended pairings are still told apart from strangers.
	maxRevoked = 256
	// firstWait doubles with every failure of an address up to longestWait.
	firstWait, longestWait = time.Second, 5 * time.Minute
	// forget is after how long without a failure the next one is the first again.
	forget = 15 * time.Minute
	// maxAddresses bounds the failures that are remembered.
	maxAddresses = 1024
	// freeForAll is how many wrong tries from anywhere are no reason yet to let
	// everybody wait.
	freeForAll = 20
)
