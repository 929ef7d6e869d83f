package keystore

import (
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

// The state of the host key lies in two files in turn, so that one of them is
// whole whatever is cut off: number (8) ‖ nonce ‖ AES-256-GCM, the number as
// additional data. The higher number is the newer.
const hostState = "host.state"

const hostFileSize = 8 + nonceSize + dukpt.StateSize + tagSize

func hostName(number uint64) string { return fmt.Sprintf("%s.%d", hostState, number%2) }

// saveHost makes the state durable; it leaves state as it is.
func (s *Store) saveHost(state []byte) error {
	number := s.hosts + 1
	b := binary.BigEndian.AppendUint64(make([]byte, 0, hostFileSize), number)
	b = b[:8+nonceSize]
	if _, err := io.ReadFull(rand.Reader, b[8:]); err != nil {
		return err
	}
	err := s.withRoom(dukpt.StateSize+tagSize, func(room []byte) error {
		copy(room, state[:dukpt.StateSize])
		return s.withGCM(s.root, func(a cipher.AEAD) error {
			b = append(b, a.Seal(room[:0], b[8:8+nonceSize], room[:dukpt.StateSize], hostAAD(b[:8]))...)
			return nil
		})
	})
	if err != nil {
		return err
	}
	if err := overwrite(filepath.Join(s.dir, folder, hostName(number)), b); err != nil {
		return err
	}
	s.hosts = number
	return nil
}

func hostAAD(number []byte) []byte { return append(aad(hostState), number...) }

// overwrite writes a file in place: it is the older of two, so that a torn write
// loses nothing.
func overwrite(path string, b []byte) error {
	_, err := os.Stat(path)
	isNew := errors.Is(err, os.ErrNotExist)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("keystore: opening a state file: %w", err)
	}
	_, err = f.WriteAt(b, 0)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keystore: writing a state file: %w", err)
	}
	if isNew {
		return syncDir(filepath.Dir(path))
	}
	return nil
}

// loadHost opens the newer of the two states that verifies.
func (s *Store) loadHost() error {
	state, err := s.mem.Room(dukpt.StateSize + tagSize)
	if err != nil {
		return err
	}
	var files [][]byte
	for n := range uint64(2) {
		b, err := os.ReadFile(filepath.Join(s.dir, folder, hostName(n)))
		if err == nil && len(b) == hostFileSize {
			files = append(files, b)
		}
	}
	if len(files) == 2 && binary.BigEndian.Uint64(files[0]) < binary.BigEndian.Uint64(files[1]) {
		files[0], files[1] = files[1], files[0]
	}
	for _, b := range files {
		if err = s.openHost(state, b); err == nil {
			s.hosts = binary.BigEndian.Uint64(b)
			s.host, err = dukpt.Resume(state[:dukpt.StateSize])
			return err
		}
	}
	return errStorage
}

func (s *Store) openHost(state, b []byte) error {
	copy(state, b[8+nonceSize:])
	return s.withGCM(s.root, func(a cipher.AEAD) error {
		_, err := a.Open(state[:0], b[8:8+nonceSize], state[:dukpt.StateSize+tagSize], hostAAD(b[:8]))
		return err
	})
}

// HostKeysLeft is how many host messages the key is still good for.
func (s *Store) HostKeysLeft() uint32 { return s.host.Remaining() }

// HostUpcoming is the next KSN counter of the host key, 0 when it is used up. A
// host that has seen it, or one above it, shows that this storage is an older
// copy.
func (s *Store) HostUpcoming() uint32 { return s.host.Upcoming() }

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
		return nil, err
	}
	m.tx = tx
	return m, nil
}

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
// encryption key of the first message; see hostspec.
func (m *Messages) SealAccount(data []byte) (int, error) {
	if len(data)+tagSize > hostspec.MaxSealedAccount || cap(data) < len(data)+tagSize {
		return 0, errors.New("keystore: account data too long")
	}
	ksn := m.KSN(0)
	n := 0
	err := m.s.withRoom(keySize, func(k []byte) error {
		if err := m.tx[0].DataEncryptionKey(k, dukpt.AES256); err != nil {
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
