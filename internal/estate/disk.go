//go:build linux

package estate

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// diskName is the image of the disk that the secure world's storage lies on at level vm.
const diskName = "disk.img"

// FromDisk reads a file of the storage out of a machine's disk; os.ErrNotExist where
// the disk has none. A running machine may have the newest in its file system's journal
// alone, so that is replayed, on a copy.
func FromDisk(image, name string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "strongroom-disk-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	whole := filepath.Join(dir, "disk")
	if err := copySparse(whole, image); err != nil {
		return nil, err
	}
	// Its status is that of what it mended; whether the file can be read counts.
	_ = exec.Command("/sbin/e2fsck", "-p", "-E", "journal_only", whole).Run() //nolint:noctx // ends by itself
	out := filepath.Join(dir, "file")
	said, err := exec.Command("/sbin/debugfs", "-R", "dump /"+name+" "+out, whole).CombinedOutput() //nolint:gosec,noctx // fixed words; ends by itself
	if err != nil {
		return nil, errors.New("the machine's disk cannot be read: e2fsprogs is needed")
	}
	b, err := os.ReadFile(out)
	if errors.Is(err, os.ErrNotExist) && !strings.Contains(string(said), "not found") {
		return nil, errors.New("the machine's disk cannot be read")
	}
	return b, err
}

// copySparse leaves out what is zero, which is most of a disk.
func copySparse(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	size, err := holes(out, in)
	return errors.Join(err, out.Truncate(size), out.Close())
}

func holes(out io.WriterAt, in io.Reader) (size int64, err error) {
	block := make([]byte, 64<<10)
	zero := string(make([]byte, len(block)))
	for {
		n, err := io.ReadFull(in, block)
		if n > 0 && string(block[:n]) != zero[:n] {
			if _, err := out.WriteAt(block[:n], size); err != nil {
				return size, err
			}
		}
		size += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}
