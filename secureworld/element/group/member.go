// Package group is a secure element as member of a group: it proves who it is, agrees
// with the others on a secret that their MCU does not have, and answers sealed
// questions of clients so that the answers can be compared and not be read. The door
// is package group/door; the sealing is package siv.
//
// The agreement: each member commits to 32 random bytes of its own; once all
// commitments are fixed and signed, it seals them to each of the others (HPKE, RFC
// 9180). The secret is HKDF of them all, salted with the hash of the transcript, so it
// is uniform while one member is honest. Each confirms that it has it, by a MAC that
// only a member can make and a signature that only this member can make. Who
// contributes what it did not commit to, or what somebody contributed before, is named.
//
// The programs of elements alone import it. Secrets of a group never leave it, and an
// answer has no freedom in it: fill and padding are a function of the question.
//
// BUG(memory): the standard library's X25519 keys and HKDF keep copies on the heap that
// nothing clears; they are left to the garbage collector.
package group

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
)

// Config is what a member is made of.
type Config struct {
	Identity   *identity.Element
	Make       string // as in the manufacturer's certificate
	Verbs      uint32 // bit n: verb n offered
	Operations element.Operations
}

// Member is one element of a group. Any number of goroutines may use it.
type Member struct {
	cfg    Config
	epochs epochs

	answered, refused atomic.Uint64
	pool              sync.Pool // of *scratch

	mu        sync.Mutex
	agreement *agreement // under way; guarded by mu
	last      uint32     // highest epoch that ever began; guarded by mu
	shares    shares     // guarded by mu
}

// NewMember makes a member that has agreed on nothing yet.
func NewMember(c Config) (*Member, error) {
	holder, err := c.Identity.Authorities.Element(c.Identity.Manufacturer, c.Identity.Operator)
	if err != nil || holder.Make != c.Make || len(c.Make) > door.MaxMake {
		return nil, errors.New("group: the identity is not certified for this make")
	}
	return &Member{cfg: c, shares: newShares()}, nil
}

// Wipe forgets every secret of every epoch. The member can agree again.
func (m *Member) Wipe() {
	m.mu.Lock()
	m.forget()
	m.mu.Unlock()
	m.epochs.wipe()
}

// forget ends an agreement under way. Under mu.
func (m *Member) forget() {
	if m.agreement != nil {
		m.agreement.wipe()
		m.agreement = nil
	}
}
