//go:build linux

package microvm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// openDisk opens the storage's disk. Where there is none it is made, and what the
// storage's folder holds moves in: it then lies in one place only. A disk that was
// taken away shows as any deleted storage does, since the folder is empty.
func openDisk(path, folder string) (*os.File, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := makeDisk(path, folder); err != nil {
			return nil, fmt.Errorf("make the machine's disk: %w", err)
		}
	}
	disk, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open the machine's disk: %w", err)
	}
	if err := empty(folder); err != nil {
		return nil, errors.Join(fmt.Errorf("empty the storage's folder: %w", err), disk.Close())
	}
	return disk, nil
}

// makeDisk makes it beside and renames, so that a disk is whole.
func makeDisk(path, folder string) error {
	next := path + ".next"
	_ = os.Remove(next) // of a start that was cut off
	f, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(diskSize), f.Close()); err != nil {
		return err
	}
	if err := mke2fs("-q", "-F", "-t", "ext4", "-m", "0", "-d", folder, next); err != nil {
		return err
	}
	return errors.Join(flush(next), os.Rename(next, path), flush(filepath.Dir(path)))
}

func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// empty empties a folder.
func empty(folder string) error {
	all, err := os.ReadDir(folder)
	for _, one := range all {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, one.Name())))
	}
	return err
}

// mke2fs makes a file system. The program is in a folder that is often not
// searched.
func mke2fs(arguments ...string) error {
	const program = "/sbin/mke2fs"
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	p, err := os.StartProcess(program, append([]string{program}, arguments...), &os.ProcAttr{Files: []*os.File{null, null, os.Stderr}})
	if err != nil {
		return err
	}
	state, err := p.Wait()
	if err == nil && !state.Success() {
		err = errors.New("mke2fs: " + state.String())
	}
	return err
}
