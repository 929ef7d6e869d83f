// Package pcsc reaches contact cards through PC/SC (pcscd and libpcsclite, by
// github.com/ebfe/scard). It is the only package of the reader that links
// cgo. Only the reader's main may import it.
//
// It holds card data for the length of one exchange: commands are cleared
// once sent, answers belong to the caller, who wipes them. It never holds a
// PIN or a key, and no error of it quotes a command or an answer.
//
// What was measured and rules the code: any error ends a card session, since
// after a fast swap the old handle speaks to the new card; a pulled card gives
// an answer of 0 bytes without an error; a mute card holds Transmit and even
// Release without limit, so each session has one worker that can be left
// behind; the card is always left as it is on disconnecting, because a reset
// of a card that was just pulled hides the next insertion.
package pcsc

import (
	"errors"
	"time"
)

// What can go wrong.
var (
	// ErrNotBuilt is all that a build without PC/SC can say.
	ErrNotBuilt = errors.New("pcsc: built without PC/SC; build on linux with CGO_ENABLED=1 and libpcsclite-dev")

	// ErrWatching refuses a second watcher in one process.
	ErrWatching = errors.New("pcsc: this process has a watcher already")

	// ErrStuck: a card holds the session's worker; the reader is of no use
	// until it answers or leaves.
	ErrStuck = errors.New("pcsc: the card does not let go")

	// ErrCommand refuses what PC/SC cannot carry.
	ErrCommand = errors.New("pcsc: command of fewer than 4 or more than 65,535 bytes")
)

// An Event is a change in one reader.
type Event struct {
	Reader  string
	Lost    bool   // the reader itself left, or pcscd did; it is empty then
	Present bool   // a card is in it
	Mute    bool   // Present, but it did not answer to reset
	ATR     []byte // its answer to reset, when Present and not Mute
}

const (
	// slice is how long one wait for changes lasts. Cancel is lossy in
	// libpcsclite, so the context is looked at between slices.
	slice = 250 * time.Millisecond

	// firstRetry doubles to lastRetry while pcscd is away.
	firstRetry = 50 * time.Millisecond
	lastRetry  = time.Second

	// maxReaders is libpcsclite's own limit for one wait.
	maxReaders = 16

	// closeWithin is how long Close waits for the worker before it calls the
	// reader stuck.
	closeWithin = 500 * time.Millisecond

	minCommand, maxCommand = 4, 65_535
)
