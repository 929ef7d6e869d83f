package keystore

import (
	"errors"
	"fmt"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
)

const (
	folder    = "keystore"
	nonceSize = 12
	tagSize   = 16
)

// errStorage says that what was kept here does not open: it was moved, exchanged
// or changed.
var errStorage = errors.New("keystore: the storage does not belong to this kernel and device")

var errSecretSize = errors.New("a secret of another length")

// open reads a key into its room, which it fills.
func (s *Store) open(name string, room []byte) error {
	n, err := s.base.Space.Get(name, room)
	if err != nil {
		return fmt.Errorf("keystore: reading a key: %w", err)
	}
	if n != len(room) {
		return errStorage
	}
	return nil
}

// complete reports whether everything was taken over. Not to know is an error:
// a take-over must not begin anew because something was taken away.
func (s *Store) complete() (bool, error) {
	_, err := s.base.Space.Size(complete)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
