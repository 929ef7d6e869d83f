package deviceroot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// readSecret fills room from a file of exactly that length; the bytes go from the
// disk into secret memory and nowhere else.
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
		return ErrDamaged
	}
	if _, err := io.ReadFull(f, room); err != nil {
		return fmt.Errorf("storage root: reading a secret: %w", err)
	}
	return nil
}

func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// replace writes a file so that after a power cut there is the old or the new one.
func replace(path string, b []byte) error {
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("storage root: making a file: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("storage root: writing a file: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("storage root: replacing a file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// remove deletes a file, durably. One that is not there may come back by a power
// cut, and is then removed at the next start.
func remove(path string) error {
	err := os.Remove(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("storage root: deleting a file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
