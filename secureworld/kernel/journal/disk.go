package journal

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Disk is a File on a file system.
type Disk struct {
	f   *os.File
	dir *os.File // to be synced once, after the file was made
}

// OpenDisk opens or makes the file at path, mode 0600.
func OpenDisk(path string) (*Disk, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: opening the file: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("journal: opening the directory: %w", err)
	}
	return &Disk{f: f, dir: dir}, nil
}

// ReadAll reads the file from its start.
func (d *Disk) ReadAll() ([]byte, error) {
	if _, err := d.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(d.f)
}

// Append writes b at the end.
func (d *Disk) Append(b []byte) error {
	_, err := d.f.Write(b)
	return err
}

// Truncate cuts the file.
func (d *Disk) Truncate(size int64) error { return d.f.Truncate(size) }

// Sync makes the file durable, and the first time its directory entry too.
func (d *Disk) Sync() error {
	if err := d.f.Sync(); err != nil {
		return err
	}
	if d.dir == nil {
		return nil
	}
	err := d.dir.Sync()
	_ = d.dir.Close() // nothing was written through it
	d.dir = nil
	return err
}
