package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Disk is what a store needs of the file system: one folder of small files. Tests
// bring one that cuts the power.
type Disk interface {
	// Read returns a whole file, or fs.ErrNotExist. A file of more than limit bytes
	// is returned cut to limit + 1.
	Read(name string, limit int) ([]byte, error)
	// Write makes b the content of a file, which is made when missing; not yet
	// durable. After an error, or a power cut, the file may hold anything.
	Write(name string, b []byte) error
	// Sync makes the content of a file durable.
	Sync(name string) error
	// SyncNames makes durable which files there are.
	SyncNames() error
	Remove(name string) error
	Names() ([]string, error)
}

// Folder is a Disk on a file system.
type Folder struct{ dir string }

// NewFolder makes the folder where it is missing.
func NewFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("storage: making the folder: %w", err)
	}
	f := &Folder{dir}
	return f, syncDir(filepath.Dir(dir))
}

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

// Read implements Disk.
func (f *Folder) Read(name string, limit int) ([]byte, error) {
	file, err := os.Open(f.path(name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	b := make([]byte, min(info.Size(), int64(limit)+1))
	n, err := file.ReadAt(b, 0)
	if n == len(b) {
		err = nil
	}
	return b[:n], err
}

// Write implements Disk.
func (f *Folder) Write(name string, b []byte) error {
	file, err := os.OpenFile(f.path(name), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(b, 0)
	return errors.Join(err, file.Truncate(int64(len(b))), file.Close())
}

// Sync implements Disk.
func (f *Folder) Sync(name string) error {
	file, err := os.OpenFile(f.path(name), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// SyncNames implements Disk.
func (f *Folder) SyncNames() error { return syncDir(f.dir) }

// Remove implements Disk.
func (f *Folder) Remove(name string) error {
	err := os.Remove(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Names implements Disk.
func (f *Folder) Names() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
