package keystore

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// complete is written last: a take-over that a power cut ended begins anew.
const complete = "complete"

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
		provisioning.KeyToken:         {Usage: "M7", Algorithm: 'H', Mode: 'G'},
	}
}

func (s *Store) takeOver(cfg provisioning.Kernel) error {
	if err := os.MkdirAll(filepath.Join(s.dir, folder), 0o700); err != nil {
		return fmt.Errorf("keystore: making the storage: %w", err)
	}
	if err := s.keepFirmwareRoot(); err != nil {
		return err
	}
	if err := s.deriveRoot(cfg.TerminalID); err != nil {
		return err
	}
	if s.exists(complete) {
		return s.forget(provisioning.FileSupplierKey, provisioning.FileDoorsKey, provisioning.FileHostKey)
	}
	if err := s.takeKeys(cfg); err != nil {
		return err
	}
	if err := s.takeTLS(); err != nil {
		return err
	}
	if err := replace(filepath.Join(s.dir, folder, complete), []byte{1}); err != nil {
		return err
	}
	return s.forget(provisioning.FileSupplierKey, provisioning.FileDoorsKey, provisioning.FileHostKey)
}

// keepFirmwareRoot keeps the firmware root key beside the storage. In a device it
// would be part of its processor; here it is a file, and reported as one. It
// goes from file to file through secret memory: the sandbox lets nothing be
// moved from one folder to another.
func (s *Store) keepFirmwareRoot() error {
	err := s.withRoom(keySize, func(k []byte) error {
		if err := readSecret(s.incoming(firmwareRoot), k); err != nil {
			return err
		}
		return replace(filepath.Join(s.dir, firmwareRoot), k)
	})
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil // taken over before
	case err != nil:
		return fmt.Errorf("keystore: taking over the firmware root key: %w", err)
	}
	return s.forget(firmwareRoot)
}

func (s *Store) takeKeys(cfg provisioning.Kernel) error {
	return s.withRoom(keySize, func(supplier []byte) error {
		if err := readSecret(s.incoming(provisioning.FileSupplierKey), supplier); err != nil {
			return fmt.Errorf("keystore: reading the supplier key: %w", err)
		}
		want := expected()
		for _, k := range cfg.Keys {
			e, ok := want[k.Name]
			if !ok {
				return errors.New("keystore: a key block of an unknown or doubled name")
			}
			delete(want, k.Name)
			if err := s.takeKey(k, supplier, e, cfg); err != nil {
				return fmt.Errorf("keystore: taking over %s: %w", k.Name, err)
			}
		}
		if len(want) != 0 {
			return errors.New("keystore: a key block is missing")
		}
		return nil
	})
}

func (s *Store) takeKey(k provisioning.Key, supplier []byte, e keyblock.Expect, cfg provisioning.Kernel) error {
	return s.withRoom(keySize+tagSize, func(room []byte) error {
		if err := s.unwrap(supplier, k.Block, room, e); err != nil {
			return err
		}
		if k.Name == provisioning.KeyHostInitial {
			return s.takeHost(room[:keySize], cfg.HostKeyID)
		}
		return s.seal(k.Name, room, keySize)
	})
}

// unwrap opens a key block within secret memory.
func (s *Store) unwrap(supplier []byte, block string, dst []byte, e keyblock.Expect) error {
	return s.withRoom(keyblock.Room, func(work []byte) error {
		_, n, err := keyblock.Policy{}.UnwrapIn(work, supplier, []byte(block), dst, e)
		if err == nil && n != keySize {
			err = errors.New("not a key of 32 bytes")
		}
		return err
	})
}

// takeHost fills the 32 registers and erases the initial key.
func (s *Store) takeHost(initial []byte, id string) error {
	ikid, err := hex.DecodeString(id)
	if err != nil || len(ikid) != 8 {
		return errors.New("malformed host key id")
	}
	return s.withRoom(dukpt.StateSize, func(state []byte) error {
		if _, err := dukpt.Load(state, [8]byte(ikid), dukpt.AES256, initial); err != nil {
			return err
		}
		return s.saveHost(state)
	})
}
