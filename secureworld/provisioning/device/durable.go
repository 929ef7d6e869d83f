package device

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// replaceFile puts b in place of the file at path so that a crash leaves the
// old file or the new one: new file, fsync, rename, fsync of the directory.
func replaceFile(path string, b []byte) error {
	temp := path + ".new"
	if err := writeSynced(temp, b); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("device: putting the new state in place: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// writeSynced never reuses a left-over file, whose mode could be another's.
func writeSynced(path string, b []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("device: removing a left-over file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("device: creating a state file: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("device: writing a state file: %w", err)
	}
	return nil
}

func syncDir(path string) error {
	d, err := os.Open(path) //nolint:gosec // the device's own directory
	if err != nil {
		return fmt.Errorf("device: opening the directory: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("device: syncing the directory: %w", err)
	}
	return nil
}

// destroyFile overwrites a secret and deletes it. On flash and on copying file
// systems the old bytes may survive below; there is nothing that a program can
// do about it. A file that is gone already is no error.
func destroyFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("device: opening a secret that was taken over: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, min(info.Size(), maxState)))
	}
	if err = errors.Join(err, f.Sync(), f.Close(), os.Remove(path)); err != nil {
		return fmt.Errorf("device: deleting a secret that was taken over: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// readPrivate reads a file of at most limit bytes that no other user may read.
func readPrivate(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // named by the device's own configuration
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 || info.Size() > limit {
		return nil, errors.New("device: a private file is open to others or too long")
	}
	b := make([]byte, info.Size())
	_, err = io.ReadFull(f, b)
	return b, err
}

// lock keeps other processes from the state at path until the file returned is
// closed or the process ends.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("device: creating the lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errors.New("device: another process uses this state"), f.Close())
	}
	return f, nil
}
