package keystore

import (
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// complete is written last: a take-over that a power cut ended begins anew.
const complete = "complete"

// Errors of what is delivered.
var (
	// ErrBlock says that a key block is not authentic, or for a key of another kind:
	// another usage, algorithm, mode, exportability, length, id or check value.
	ErrBlock = errors.New("keystore: a key block is refused")
	// ErrKeys says that a key is missing, doubled or unknown.
	ErrKeys = errors.New("keystore: a key is missing, doubled or unknown")
)

// expected says what each key block must be for. A block for anything else is
// refused, whatever its name.
func expected() map[string]keyblock.Expect {
	initial := keyblock.Expect{Usage: "B1", Algorithm: 'A', Mode: 'X'}
	order := keyblock.Expect{Usage: "M6", Algorithm: 'A', Mode: 'C'}
	return map[string]keyblock.Expect{
		provisioning.KeyReaderInitial: initial,
		provisioning.KeyHostInitial:   initial,
		provisioning.KeyReaderOrder:   order,
		provisioning.KeyPINPadOrder:   order,
		provisioning.KeyPAN:           {Usage: "D0", Algorithm: 'A', Mode: 'E'},
		provisioning.KeyKeyed:         {Usage: "D0", Algorithm: 'A', Mode: 'D'},
		provisioning.KeyToken:         {Usage: "M7", Algorithm: 'H', Mode: 'G'},
	}
}

func (s *Store) takeOver(cfg provisioning.Kernel) error {
	if err := os.MkdirAll(filepath.Join(s.dir, folder), 0o700); err != nil {
		return fmt.Errorf("keystore: making the storage: %w", err)
	}
	if err := syncDir(s.dir); err != nil {
		return fmt.Errorf("keystore: making the storage: %w", err)
	}
	done, err := s.complete()
	if err != nil {
		return err
	}
	if done {
		return s.forget(append(signingKeys(), provisioning.FileLoadingKey, provisioning.FileSupplierKey)...)
	}
	s.lines = nil
	for _, step := range []func() error{func() error { return s.takeKeys(cfg) }, s.takeTLS, s.noteOwn,
		func() error { return s.takeLoading(cfg.KeyLoading) }, s.keepInventory} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := s.base.Space.Put(complete, []byte{1}); err != nil {
		return err
	}
	return s.forget(append(signingKeys(), provisioning.FileLoadingKey, provisioning.FileSupplierKey)...)
}

func (s *Store) takeKeys(cfg provisioning.Kernel) error {
	return s.withRoom(keySize, func(supplier []byte) error {
		if err := durable.ReadExactly(s.incoming(provisioning.FileSupplierKey), supplier); err != nil {
			return fmt.Errorf("keystore: reading the supplier key: %w", err)
		}
		want := expected()
		for _, k := range cfg.Keys {
			e, ok := want[k.Name]
			if !ok {
				return ErrKeys
			}
			delete(want, k.Name)
			if err := s.takeKey(k, supplier, e, cfg); err != nil {
				return fmt.Errorf("keystore: taking over %s: %w", k.Name, err)
			}
		}
		if len(want) != 0 {
			return ErrKeys
		}
		return nil
	})
}

func (s *Store) takeKey(k provisioning.Key, supplier []byte, e keyblock.Expect, cfg provisioning.Kernel) error {
	return s.withRoom(keySize, func(room []byte) error {
		h, err := s.unwrap(supplier, k.Block, room, e)
		if err != nil {
			return err
		}
		if err := s.noteBlock(k.Name, e, room); err != nil {
			return err
		}
		switch k.Name {
		case provisioning.KeyReaderInitial:
			err = belongs(h, cfg.ReaderDevice)
		case provisioning.KeyHostInitial:
			if err = belongs(h, cfg.HostKeyID); err == nil {
				return s.takeHost(room, cfg.HostKeyID)
			}
		}
		if err != nil {
			return err
		}
		return s.base.Space.Put(k.Name, room)
	})
}

// belongs checks that the block of an initial key names, in its optional block
// IK (ANSI X9.143), the key id that the configuration gives it.
func belongs(h keyblock.Header, id string) error {
	for _, o := range h.Optional {
		if o.ID == "IK" && strings.EqualFold(o.Data, id) {
			return nil
		}
	}
	return fmt.Errorf("%w: the initial key has another id", ErrBlock)
}

// unwrap opens a key block within secret memory.
func (s *Store) unwrap(supplier []byte, block string, dst []byte, e keyblock.Expect) (h keyblock.Header, err error) {
	err = s.withRoom(keyblock.Room, func(work []byte) error {
		var n int
		h, n, err = keyblock.Policy{}.UnwrapIn(work, supplier, []byte(block), dst, e)
		switch {
		case err != nil:
		case n != keySize:
			err = errors.New("not a key of 32 bytes")
		case h.Exportability != 'N':
			err = errors.New("a key that may be exported again")
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrBlock, err)
	}
	return h, err
}

var errUsed = errors.New("the host key was taken over and used before")

// takeHost fills the 32 registers and erases the initial key. A key that this
// storage has used is not loaded again, whatever became of the mark that the
// take-over was complete: its counters would repeat.
func (s *Store) takeHost(initial []byte, id string) error {
	ikid, err := hex.DecodeString(id)
	if err != nil || len(ikid) != 8 {
		return errors.New("malformed host key id")
	}
	if s.usedHost() {
		return errUsed
	}
	return s.withRoom(dukpt.StateSize, func(state []byte) error {
		if _, err := dukpt.Load(state, [8]byte(ikid), dukpt.AES256, initial); err != nil {
			return err
		}
		return s.saveHost(state)
	})
}

// usedHost reports whether a state was stored since the first one.
func (s *Store) usedHost() bool {
	for _, b := range s.readHost() {
		if b != nil && binary.BigEndian.Uint64(b) > 1 {
			return true
		}
	}
	return false
}

// noteBlock lists a key that came as a block. AES keys have a check value.
func (s *Store) noteBlock(name string, e keyblock.Expect, key []byte) error {
	if e.Algorithm != 'A' {
		s.note(name, nil)
		return nil
	}
	check, err := s.check(key)
	s.note(name, &check)
	return err
}

// check is the check value of an AES key: five bytes of the CMAC of a zero block
// (ANSI X9.143).
func (s *Store) check(key []byte) (check [5]byte, err error) {
	err = s.withAES(key, func(b cipher.Block) error {
		copy(check[:], cmac.Sum(nil, b, make([]byte, b.BlockSize())))
		return nil
	})
	return check, err
}

// noteOwn lists what did not come as a block, and what ends with the take-over.
func (s *Store) noteOwn() error {
	for _, name := range append(signingKeys(), "journal", "host-state", "host-checks", "host-registers", provisioning.FileSupplierKey) {
		s.note(name, nil)
	}
	s.finish(provisioning.KeyHostInitial, Loaded)
	s.finish(provisioning.FileSupplierKey, Loaded)
	return nil
}
