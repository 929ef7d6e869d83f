// Package iso7816 is the reader's connection to a contact card: the interface
// Conn that PC/SC, a scripted card or a simulated one implement, the building
// of commands, and Link, which handles the status words that belong to the
// transport (ISO/IEC 7816-3 and 7816-4; EMV Level 1 Contact Interface
// Specification 1.0, clause 9).
//
// The reader, its tests and the simulation may import it. It must never hold
// a PIN or a key. Card data pass through: the answer lies in one buffer of the
// Link, which Wipe clears, and nothing of it is ever part of an error.
package iso7816

import (
	"context"
	"errors"
)

// A Protocol is a transmission protocol of ISO/IEC 7816-3.
type Protocol byte

// The protocols that EMV contact cards use.
const (
	T0 Protocol = 0
	T1 Protocol = 1
)

// String gives T=0 or T=1.
func (p Protocol) String() string {
	if p == T1 {
		return "T=1"
	}
	return "T=0"
}

// ErrDead is the answer of a connection after its first error. A card that
// failed once is never used again: what answers next may be another card.
var ErrDead = errors.New("iso7816: card connection is dead")

// Conn is one card session. After its first error it stays dead.
type Conn interface {
	// ATR is the answer to reset.
	ATR() []byte
	// Protocol is T0 or T1.
	Protocol() Protocol
	// Exchange is one command and its answer, which ends in SW1 SW2. The
	// caller wipes the answer.
	Exchange(ctx context.Context, capdu []byte) ([]byte, error)
	// Close ends the session and leaves the card powered as it is.
	Close() error
}
