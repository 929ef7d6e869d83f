package spawn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/memoryfile"
)

const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL

// MemoryFile puts bytes into a memory file that nobody can change any more,
// boot included.
func MemoryFile(name string, content []byte) (*os.File, error) {
	return sealed(name, func(f *os.File) error {
		_, err := io.Copy(f, bytes.NewReader(content))
		return err
	})
}

// MemoryFileBy does the same with what a function writes.
func MemoryFileBy(name string, write func(io.Writer) error) (*os.File, error) {
	return sealed(name, func(f *os.File) error { return write(f) })
}

// MemoryFileFrom does the same with a file's content, at most limit bytes, which
// never pass through boot's own memory.
func MemoryFileFrom(name, path string, limit int64) (*os.File, error) {
	source, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	return sealed(name, func(f *os.File) error { return transfer(f, source, limit) })
}

func transfer(to, from *os.File, limit int64) error {
	for total := int64(0); ; {
		n, err := unix.Sendfile(int(to.Fd()), int(from.Fd()), nil, 64<<10)
		if err != nil || n == 0 {
			return err
		}
		if total += int64(n); total > limit {
			return errors.New("file too large")
		}
	}
}

func sealed(name string, fill func(*os.File) error) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make memory file: %w", err)
	}
	f := os.NewFile(uintptr(fd), name)
	if err := errors.Join(fill(f), unix.Fchmod(fd, 0o555), seal(f)); err != nil {
		return nil, errors.Join(fmt.Errorf("fill memory file: %w", err), f.Close())
	}
	return f, nil
}

func seal(f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return memoryfile.Seal(f, seals)
}
