package keystore

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// ErrUsedKey says that a host key was in use here before: its counters would repeat. It
// is known by the list of keys, which holds the newest of those that ended; an older one
// is not offered by the acquirer.
var ErrUsedKey = errors.New("keystore: the host key was in use before")

// Replacement is what a staged key would do: what ends, and what comes instead. The
// journal has it before it is done.
type Replacement struct {
	Gone  Destroyed
	KeyID [8]byte
	Check [5]byte
}

// staged is an initial key that waits for its moment, in secret memory.
type staged struct {
	room []byte
	Replacement
}

// StageHost has load write an initial key towards the acquirer, with its id, into
// secret memory. Nothing changes before ReplaceStaged. Another one that was staged is
// erased.
func (s *Store) StageHost(load func(room []byte) (id [8]byte, err error)) (Replacement, error) {
	s.DropStaged()
	room, err := s.mem.Room(keySize)
	if err != nil {
		return Replacement{}, err
	}
	next := &staged{room: room}
	if next.KeyID, err = load(room); err == nil {
		err = s.describe(next)
	}
	if err != nil {
		s.release(room)
		return Replacement{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.staged = next
	return next.Replacement, nil
}

// describe finds out what would be replaced by what. A key that was in use before is
// refused by its check value.
func (s *Store) describe(next *staged) (err error) {
	if next.Check, err = s.check(next.room); err != nil {
		return err
	}
	s.mu.Lock()
	next.Gone = Destroyed{KeyID: s.host.KeyID(), Left: s.host.Remaining(), Check: s.hostCheck()}
	s.mu.Unlock()
	if next.KeyID == next.Gone.KeyID {
		return ErrSameKey
	}
	k, _ := keyregistry.Named(provisioning.KeyHostInitial)
	for _, l := range s.Inventory() {
		if l.Key == k.Number && l.Checked && l.Check == next.Check {
			return ErrUsedKey
		}
	}
	return nil
}

// DropStaged erases a key that was staged.
func (s *Store) DropStaged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.staged != nil {
		s.release(s.staged.room)
		s.staged = nil
	}
}

// ReplaceStaged is ReplaceHost with the key that was staged.
func (s *Store) ReplaceStaged() (Destroyed, error) {
	s.mu.Lock()
	next := s.staged
	s.staged = nil
	s.mu.Unlock()
	if next == nil {
		return Destroyed{}, errors.New("keystore: no key is staged")
	}
	defer s.release(next.room)
	return s.ReplaceHost(next.room, next.KeyID)
}

// HostKeyID is the id of the host key in use.
func (s *Store) HostKeyID() [8]byte { return s.hostKey().KeyID() }

// Mend brings the list of keys up to a replacement that the journal has, where the
// power failed before the list was written.
func (s *Store) Mend(r Replacement) error {
	if s.HostKeyID() != r.KeyID || s.hostCheck() == r.Check {
		return nil
	}
	return s.noteReplaced(r.Gone.Check, r.Check)
}
