//go:build linux

package memoryfile

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// held is a memory file of which somebody holds a page to write.
func held(t *testing.T) (f *os.File, release func()) {
	t.Helper()
	fd, err := unix.MemfdCreate("test", unix.MFD_ALLOW_SEALING|unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	f = os.NewFile(uintptr(fd), "test")
	t.Cleanup(func() { _ = f.Close() })
	if err := f.Truncate(4096); err != nil {
		t.Fatal(err)
	}
	m, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	return f, func() { _ = unix.Munmap(m) }
}

func TestAFileOfWhichAPageIsHeldIsSealedWhenItIsLetGo(t *testing.T) {
	f, release := held(t)
	time.AfterFunc(50*time.Millisecond, release)
	if err := Seal(f, unix.F_SEAL_WRITE); err != nil {
		t.Fatal(err)
	}
	if got, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0); err != nil || got&unix.F_SEAL_WRITE == 0 {
		t.Errorf("its seals are %x: %v", got, err)
	}
}

func TestAPageThatStaysHeldIsAnError(t *testing.T) {
	f, release := held(t)
	defer release()
	if err := seal(f, unix.F_SEAL_WRITE, 50*time.Millisecond); !errors.Is(err, unix.EBUSY) {
		t.Errorf("sealing says %v", err)
	}
}

func TestOtherRefusalsAreNotAskedAgain(t *testing.T) {
	f, release := held(t)
	release()
	if err := Seal(f, unix.F_SEAL_SEAL); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := Seal(f, unix.F_SEAL_WRITE); !errors.Is(err, unix.EPERM) || time.Since(began) > patience {
		t.Errorf("sealing says %v", err)
	}
}
