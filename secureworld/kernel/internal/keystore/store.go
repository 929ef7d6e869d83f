package keystore

import (
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Base is what the keys rest on.
type Base struct {
	// Derive fills dst, in secret memory, with a key derived from the storage root
	// key for one purpose.
	Derive func(dst []byte, purpose string) error
	// Space is the keystore's space of the trusted storage.
	Space *storage.Space
}

// Store holds the keys. Its methods may be called from several goroutines.
type Store struct {
	mem  Memory
	dir  string
	base Base

	states   key // seals the host key's state
	verify   key // seals the verification keys in the journal
	reader   key // initial key of the reader
	token    key
	pan      cipher.AEAD
	keyed    cipher.AEAD
	readerID [8]byte
	journal  cipher.Block
	orders   map[string]cipher.Block

	listed sync.Mutex // the list of keys
	lines  []Line

	mu       sync.Mutex    // the host key's state
	host     *dukpt.Device // its registers lie in secret memory
	hostRoom []byte        // they
	tls      map[string][]byte
	hosts    uint64 // number of the host state that was written last
	staged   *staged

	broken chan struct{} // closed when the host key's state could not be stored
	breaks sync.Once
}

// Open takes the keys over at the first start, and opens them at every other.
// dir is the kernel's storage.
func Open(mem Memory, dir string, base Base, cfg provisioning.Kernel) (*Store, error) {
	s := &Store{mem: mem, dir: dir, base: base, orders: map[string]cipher.Block{}, tls: map[string][]byte{}, broken: make(chan struct{})}
	if err := s.rooms(); err != nil {
		return nil, err
	}
	id, err := hex.DecodeString(cfg.ReaderDevice)
	if err != nil || len(id) != len(s.readerID) {
		return nil, errors.New("keystore: malformed reader device id")
	}
	copy(s.readerID[:], id)
	if err := s.takeOver(cfg); err != nil {
		return nil, err
	}
	return s, s.load()
}

func (s *Store) rooms() error {
	for k, purpose := range map[*key]string{&s.states: "strongroom host key state 2", &s.verify: "strongroom verification keys 1"} {
		room, err := s.mem.Room(keySize)
		if err != nil {
			return fmt.Errorf("keystore: room for keys: %w", err)
		}
		if err := s.base.Derive(room, purpose); err != nil {
			return err
		}
		*k = room
	}
	return nil
}

// load opens every key into secret memory.
func (s *Store) load() error {
	steps := []func() error{s.loadInventory, s.loadJournal, s.loadOrders, s.loadSealing, s.loadHost, s.loadTLS,
		func() (err error) { s.reader, err = s.opened(provisioning.KeyReaderInitial); return err },
		func() (err error) { s.token, err = s.opened(provisioning.KeyToken); return err }}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// opened reads a key into secret memory for the life of the process.
func (s *Store) opened(name string) (key, error) {
	room, err := s.mem.Room(keySize)
	if err != nil {
		return nil, err
	}
	return room, s.open(name, room)
}

func (s *Store) loadJournal() error {
	return s.withRoom(keySize, func(k []byte) (err error) {
		if err = s.base.Derive(k, "strongroom journal 1"); err != nil {
			return err
		}
		s.journal, err = expand(s.mem, k)
		return err
	})
}

func (s *Store) loadOrders() error {
	for _, name := range []string{provisioning.KeyReaderOrder, provisioning.KeyPINPadOrder} {
		err := s.withRoom(keySize, func(k []byte) (err error) {
			if err = s.open(name, k); err != nil {
				return err
			}
			s.orders[name], err = expand(s.mem, k)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Journal is AES under the journal key.
func (s *Store) Journal() cipher.Block { return s.journal }

// Order is AES under the order key of a device (provisioning.KeyReaderOrder or
// KeyPINPadOrder).
func (s *Store) Order(name string) cipher.Block { return s.orders[name] }

// Token writes the merchant's token key into dst, 32 bytes of the payment
// application's memory.
func (s *Store) Token(dst []byte) int { return copy(dst, s.token) }

func (s *Store) incoming(name string) string {
	return filepath.Join(s.dir, provisioning.Incoming, name)
}

// forget deletes what was taken over, durably, once that itself is durable.
func (s *Store) forget(names ...string) error {
	if err := syncDir(s.dir); err != nil {
		return fmt.Errorf("keystore: making the storage durable: %w", err)
	}
	for _, n := range names {
		if err := durable.Forget(durable.OS{}, s.incoming(n)); err != nil {
			return fmt.Errorf("keystore: deleting what was taken over: %w", err)
		}
	}
	return nil
}
