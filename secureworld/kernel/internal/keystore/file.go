package keystore

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	folder    = "keystore"
	nonceSize = 12
	tagSize   = 16
)

// seal writes secret, which lies in a room with tagSize bytes behind it, to the
// file of that name: nonce ‖ AES-256-GCM under the root key, the name as
// additional data. The room holds ciphertext afterwards.
func (s *Store) seal(name string, room []byte, n int) error {
	b := make([]byte, nonceSize, nonceSize+n+tagSize)
	if _, err := io.ReadFull(rand.Reader, b); err != nil {
		return err
	}
	err := s.withGCM(s.root, func(a cipher.AEAD) error {
		b = append(b, a.Seal(room[:0], b[:nonceSize], room[:n], aad(name))...)
		return nil
	})
	if err != nil {
		return err
	}
	return replace(filepath.Join(s.dir, folder, name), b)
}

// open reads what seal wrote into room, which has n + tagSize bytes.
func (s *Store) open(name string, room []byte, n int) error {
	b, err := os.ReadFile(filepath.Join(s.dir, folder, name))
	if err != nil {
		return fmt.Errorf("keystore: reading a key: %w", err)
	}
	if len(b) != nonceSize+n+tagSize {
		return errStorage
	}
	copy(room, b[nonceSize:])
	return s.withGCM(s.root, func(a cipher.AEAD) error {
		if _, err := a.Open(room[:0], b[:nonceSize], room[:n+tagSize], aad(name)); err != nil {
			return errStorage
		}
		return nil
	})
}

func aad(name string) []byte { return []byte("strongroom key 1 " + name) }

// exists tells a storage that was taken over from a new one.
func (s *Store) exists(name string) bool {
	_, err := os.Stat(filepath.Join(s.dir, folder, name))
	return !errors.Is(err, os.ErrNotExist)
}

// replace writes a file so that after a power cut there is the old or the new
// one.
func replace(path string, b []byte) error {
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keystore: making a file: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("keystore: writing a file: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("keystore: replacing a file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
