// Package durable writes files that a power cut leaves whole: as they were, or as
// they were to be. What boot keeps (slots, applications, licences, counter) goes
// through its Disk, so that a test can cut the power at every byte.
//
// Boot and what it keeps import it. Reading needs no care and is package os's.
package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Disk is what boot does to a file system. Nothing is durable before Sync, of a
// file for its content and of a directory for its names.
type Disk interface {
	// Write makes or empties a file, mode 0600, and writes it.
	Write(path string, content []byte) error
	Sync(path string) error
	Rename(from, to string) error
	// Remove removes a file or a whole folder; one that is not there is no error.
	Remove(path string) error
	// MakeFolder makes a folder, mode 0700; one that is there is no error.
	MakeFolder(path string) error
}

// OS is the file system of the machine.
type OS struct{}

// Write makes or empties a file and writes it.
func (OS) Write(path string, content []byte) error {
	return os.WriteFile(path, content, 0o600)
}

// Sync makes a file's content, or a folder's names, durable. After an error
// nothing is known of either: the caller must not go on as if it were there.
func (OS) Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Rename moves a file; the old or the new stands at the name at any time.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file or a folder.
func (OS) Remove(path string) error { return os.RemoveAll(path) }

// MakeFolder makes a folder.
func (OS) MakeFolder(path string) error {
	if err := os.Mkdir(path, 0o700); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Create writes a new file so that its content is durable when it returns; its
// name is once the folder is synced.
func Create(d Disk, path string, content []byte) error {
	if err := d.Write(path, content); err != nil {
		return err
	}
	return d.Sync(path)
}

// Replace puts content at path: old or new, whatever is cut. It is durable when
// it returns.
func Replace(d Disk, path string, content []byte) error {
	next := path + ".new"
	if err := Create(d, next, content); err != nil {
		return err
	}
	if err := d.Rename(next, path); err != nil {
		return err
	}
	return d.Sync(filepath.Dir(path))
}

// Forget deletes a file that held a secret, and then writes over what it held. In this
// order, since a power cut must not leave half a secret at its name. A file that is not
// there is no error. What the medium copied for its own purposes stays with it.
func Forget(d Disk, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = errors.Join(d.Remove(path), d.Sync(filepath.Dir(path)))
	if err == nil {
		err = blank(f)
	}
	return errors.Join(err, f.Close())
}

func blank(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, info.Size()), 0); err != nil {
		return err
	}
	return f.Sync()
}

// ErrSize says that a file has another length than was asked for.
var ErrSize = errors.New("a file of another length")

// ReadExactly fills room, which may be secret memory, from a file of exactly that
// length; the bytes go from the disk into room and nowhere else.
func ReadExactly(path string, room []byte) error {
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
		return ErrSize
	}
	_, err = io.ReadFull(f, room)
	return err
}
