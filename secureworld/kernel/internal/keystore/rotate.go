package keystore

import (
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// ErrSameKey says that a host key has the id of the one that is in use, whose
// counters would begin anew.
var ErrSameKey = errors.New("keystore: the host key has the id of the one in use")

// Destroyed proves the end of a key: what it was, and that its place holds another
// now. The journal keeps it.
type Destroyed struct {
	KeyID [8]byte // of the initial key
	Left  uint32  // messages that it was still good for
	Check [5]byte // of the initial key
}

// ReplaceHost loads another initial key towards the acquirer, in secret memory, which
// is erased. When it returns, the registers of the one before are gone, from memory
// and from both state files, which are written over in place; nothing that was taken
// of it before can be taken again. Messages that are reserved stay good, and so do the
// keys that verify their answers.
//
// A power cut leaves the old key or the new one, whole. The list of keys is written
// after: where the power fails between, it tells of the old key until it is written
// again.
func (s *Store) ReplaceHost(initial []byte, id [8]byte) (gone Destroyed, err error) {
	defer clear(initial)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(initial) != keySize {
		return gone, errSecretSize
	}
	check, err := s.check(initial)
	if err != nil {
		return gone, err
	}
	gone = Destroyed{KeyID: s.host.KeyID(), Left: s.host.Remaining(), Check: s.hostCheck()}
	if id == gone.KeyID {
		return Destroyed{}, ErrSameKey
	}
	room, err := s.mem.Room(dukpt.StateSize + tagSize)
	if err != nil {
		return Destroyed{}, err
	}
	next, err := dukpt.Load(room[:dukpt.StateSize], id, dukpt.AES256, initial)
	if err == nil {
		err = s.saveHost(room)
	}
	if err != nil {
		s.release(room)
		return Destroyed{}, fmt.Errorf("keystore: replacing the host key: %w", err)
	}
	s.release(s.hostRoom) // erases the registers
	s.host, s.hostRoom = next, room
	return gone, s.noteReplaced(gone.Check, check)
}

// noteReplaced lists the end of the registers in use under the check value of the key
// that filled them, and the new ones under theirs.
func (s *Store) noteReplaced(before, check [5]byte) error {
	s.listed.Lock()
	defer s.listed.Unlock()
	s.checked(registers, before)
	s.finish(registers, Replaced)
	s.note(registers, &check)
	s.note(provisioning.KeyHostInitial, &check)
	s.finish(provisioning.KeyHostInitial, Loaded)
	return s.keepInventory()
}

// checked gives the newest key of a name its check value.
func (s *Store) checked(name string, check [5]byte) {
	k, _ := keyregistry.Named(name)
	for i := len(s.lines) - 1; i >= 0; i-- {
		if l := &s.lines[i]; l.Key == k.Number && l.Ended == 0 {
			l.Checked, l.Check = true, check
			return
		}
	}
}

// registers is the name of the registers of the host key.
const registers = "host-registers"

// hostCheck is the check value of the newest initial key.
func (s *Store) hostCheck() (check [5]byte) {
	k, _ := keyregistry.Named(provisioning.KeyHostInitial)
	for _, l := range s.Inventory() {
		if l.Key == k.Number && l.Checked {
			check = l.Check
		}
	}
	return check
}
