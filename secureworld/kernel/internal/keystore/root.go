package keystore

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

const (
	localRandom  = "local.random"
	firmwareRoot = provisioning.FileFirmwareRoot
)

// errStorage says that the storage cannot be opened with the root key of this
// kernel: it was moved here from another device or kernel, or it was changed.
var errStorage = errors.New("keystore: the storage does not belong to this kernel and device")

var errSecretSize = errors.New("a secret of another length")

// deriveRoot makes the storage root key, in secret memory, from the firmware
// root key, the terminal's identity and this storage's own random number.
func (s *Store) deriveRoot(identity string) error {
	random, err := s.random()
	if err != nil {
		return err
	}
	return s.withRoom(keySize, func(firmware []byte) error {
		if err := readSecret(filepath.Join(s.dir, firmwareRoot), firmware); err != nil {
			return fmt.Errorf("keystore: reading the firmware root key: %w", err)
		}
		return s.withAES(firmware, func(b cipher.Block) error {
			cmac.KDF(s.root, b, "strongroom storage root 1", append([]byte(identity), random...))
			return nil
		})
	})
}

// random reads the storage's random number, and draws it at the first start.
func (s *Store) random() ([]byte, error) {
	path := filepath.Join(s.dir, localRandom)
	b, err := os.ReadFile(path)
	if err == nil && len(b) == keySize {
		return b, nil
	}
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("keystore: reading the storage's random number: %w", errors.Join(err, errStorage))
	}
	if s.exists(complete) {
		return nil, errStorage // with another number nothing would open
	}
	b = make([]byte, keySize)
	if _, err := io.ReadFull(rand.Reader, b); err != nil {
		return nil, err
	}
	return b, replace(path, b)
}

// derive makes a working key of the root key for one purpose.
func (s *Store) derive(dst []byte, purpose string) error {
	return s.withAES(s.root, func(b cipher.Block) error {
		cmac.KDF(dst, b, purpose, nil)
		return nil
	})
}

// readSecret fills room from a file of exactly that length; the bytes go from
// the disk into secret memory and nowhere else.
func readSecret(path string, room []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != int64(len(room)) {
		return errSecretSize
	}
	if _, err := io.ReadFull(f, room); err != nil {
		return fmt.Errorf("reading a secret of %d bytes: %w", len(room), err)
	}
	return nil
}
