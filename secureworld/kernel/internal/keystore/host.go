package keystore

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

// The state of the host key lies in two files, which are alike between two
// changes: number (8) ‖ nonce ‖ AES-256-GCM, the number as additional data. The
// higher number is the newer.
//
// A change is written to both in turn, each made durable, before a key of it is
// given out. So while keys are in use both files hold the state without them,
// and one that is lost or damaged costs nothing: the other is as new. Where the
// files differ, a power cut ended a change, the newer state was never used, and
// either may be gone on with; the good one is copied over the other first, so
// that the next change cannot tear the only good one.
const hostState = "host.state"

const hostFileSize = 8 + nonceSize + dukpt.StateSize + tagSize

func hostNames() []string { return []string{hostState + ".0", hostState + ".1"} }

// saveHost makes the state durable, twice; it leaves state as it is.
func (s *Store) saveHost(state []byte) error {
	number := s.hosts + 1
	b := binary.BigEndian.AppendUint64(make([]byte, 0, hostFileSize), number)
	b = b[:8+nonceSize]
	if _, err := io.ReadFull(rand.Reader, b[8:]); err != nil {
		return err
	}
	err := s.withRoom(dukpt.StateSize+tagSize, func(room []byte) error {
		copy(room, state[:dukpt.StateSize])
		return s.withGCM(s.states, func(a cipher.AEAD) error {
			b = append(b, a.Seal(room[:0], b[8:8+nonceSize], room[:dukpt.StateSize], hostAAD(b[:8]))...)
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, name := range hostNames() {
		if err := overwrite(filepath.Join(s.dir, folder, name), b); err != nil {
			return err
		}
	}
	s.hosts = number
	return nil
}

func hostAAD(number []byte) []byte { return append([]byte("strongroom key 1 "+hostState), number...) }

// overwrite writes a file in place: it is one of two, so that a torn write loses
// nothing.
func overwrite(path string, b []byte) error {
	_, err := os.Stat(path)
	isNew := errors.Is(err, os.ErrNotExist)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("keystore: opening a state file: %w", err)
	}
	_, err = f.WriteAt(b, 0)
	if err = errors.Join(err, f.Truncate(int64(len(b))), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keystore: writing a state file: %w", err)
	}
	if isNew {
		return syncDir(filepath.Dir(path))
	}
	return nil
}

// loadHost opens the newer of the two states that verify.
func (s *Store) loadHost() error {
	room, err := s.mem.Room(dukpt.StateSize + tagSize)
	if err != nil {
		return err
	}
	files := s.readHost()
	for _, b := range newerFirst(files) {
		switch err := s.openHost(room, b); {
		case err == nil:
			return s.resumeHost(room, files, b)
		case !errors.Is(err, errStorage): // want of memory says nothing about the file
			return err
		}
	}
	return errStorage
}

func (s *Store) resumeHost(room []byte, files [2][]byte, good []byte) (err error) {
	s.hosts = binary.BigEndian.Uint64(good)
	if s.host, err = dukpt.Resume(room[:dukpt.StateSize]); err != nil {
		return err
	}
	s.hostRoom = room
	return s.mendHost(files, good)
}

// readHost reads both files; what has not the length of one is nil.
func (s *Store) readHost() (files [2][]byte) {
	for i, name := range hostNames() {
		b, err := os.ReadFile(filepath.Join(s.dir, folder, name))
		if err == nil && len(b) == hostFileSize {
			files[i] = b
		}
	}
	return files
}

func newerFirst(files [2][]byte) (out [][]byte) {
	for _, b := range files {
		switch {
		case b == nil:
		case len(out) == 1 && bytes.Compare(b[:8], out[0][:8]) > 0:
			out = [][]byte{b, out[0]}
		default:
			out = append(out, b)
		}
	}
	return out
}

// mendHost makes both files alike again.
func (s *Store) mendHost(files [2][]byte, good []byte) error {
	for i, name := range hostNames() {
		if bytes.Equal(files[i], good) {
			continue
		}
		if err := overwrite(filepath.Join(s.dir, folder, name), good); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) openHost(state, b []byte) error {
	copy(state, b[8+nonceSize:])
	return s.withGCM(s.states, func(a cipher.AEAD) error {
		if _, err := a.Open(state[:0], b[8:8+nonceSize], state[:dukpt.StateSize+tagSize], hostAAD(b[:8])); err != nil {
			return errStorage
		}
		return nil
	})
}

// HostKeysLeft is how many host messages the key is still good for.
func (s *Store) HostKeysLeft() uint32 { return s.hostKey().Remaining() }

// HostUpcoming is the next KSN counter of the host key, 0 when it is used up. A
// host that has seen it, or one above it, shows that this storage is an older
// copy.
func (s *Store) HostUpcoming() uint32 { return s.hostKey().Upcoming() }

// hostKey is the one in use.
func (s *Store) hostKey() *dukpt.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.host
}

// Messages are the keys of some host messages, each for one, in secret memory
// until Wipe.
type Messages struct {
	s     *Store
	tx    []*dukpt.Transaction
	rooms [][]byte
}

// Reserve takes n KSNs of the host key. They are used up, durably, when it
// returns.
func (s *Store) Reserve(n int) (*Messages, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &Messages{s: s}
	for range n {
		room, err := s.mem.Room(dukpt.RoomTransaction)
		if err != nil {
			m.Wipe()
			return nil, err
		}
		m.rooms = append(m.rooms, room)
	}
	tx, err := s.host.Reserve(m.rooms, s.saveHost)
	if err != nil {
		m.Wipe()
		if !errors.Is(err, dukpt.ErrExhausted) {
			s.breaks.Do(func() { close(s.broken) })
		}
		return nil, err
	}
	m.tx = tx
	return m, nil
}

// Broken is closed when the state of the host key could not be stored. This store gives
// out no key any more, not even one to sign on with: the kernel must be started anew,
// as after a journal that failed.
func (s *Store) Broken() <-chan struct{} { return s.broken }

// KSN of the i-th message.
func (m *Messages) KSN(i int) [12]byte { return m.tx[i].KSN() }

// Wipe erases the keys.
func (m *Messages) Wipe() {
	for _, t := range m.tx {
		t.Wipe()
	}
	for _, r := range m.rooms {
		m.s.release(r)
	}
	m.tx, m.rooms = nil, nil
}

// SealAccount encrypts account data for the acquirer in place, under the data
// encryption key of the i-th message; see hostspec.
func (m *Messages) SealAccount(i int, data []byte) (int, error) {
	if len(data)+tagSize > hostspec.MaxSealedAccount || cap(data) < len(data)+tagSize {
		return 0, errors.New("keystore: account data too long")
	}
	ksn := m.KSN(i)
	n := 0
	err := m.s.withRoom(keySize, func(k []byte) error {
		if err := m.tx[i].DataEncryptionKey(k, dukpt.AES256); err != nil {
			return err
		}
		return m.s.withGCM(k, func(a cipher.AEAD) error {
			n = len(a.Seal(data[:0], make([]byte, nonceSize), data, ksn[:]))
			return nil
		})
	})
	return n, err
}

// MAC authenticates the i-th message: the tag is written behind it, into its
// capacity.
func (m *Messages) MAC(i int, message []byte) (int, error) {
	if cap(message) < len(message)+hostspec.MACSize {
		return 0, errors.New("keystore: no room for the MAC")
	}
	err := m.s.withRoom(keySize, func(k []byte) error {
		if err := m.tx[i].MACGenerationKey(k, dukpt.AES256); err != nil {
			return err
		}
		return m.s.withAES(k, func(b cipher.Block) error {
			tag := cmac.Sum(nil, b, message)
			copy(message[len(message):cap(message)], tag[:hostspec.MACSize])
			return nil
		})
	})
	return len(message) + hostspec.MACSize, err
}
