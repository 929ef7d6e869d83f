//go:build linux

package attacks

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// machineCode finds the memory file in which a process keeps it: the path of its
// descriptor, and which file it is.
func machineCode(t *testing.T, pid int) (path string, inode uint64) {
	t.Helper()
	all, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if to, err := os.Readlink(one); err == nil && strings.HasPrefix(to, "/memfd:compiled") {
			var info syscall.Stat_t
			if err := syscall.Stat(one, &info); err != nil {
				t.Fatal(err)
			}
			return one, info.Ino
		}
	}
	t.Fatal("boot keeps no machine code")
	return "", 0
}

// changes tries every way in which root can change a file that it has open.
func changes(path string) (done []string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	for name, try := range map[string]func() error{
		"write":    func() error { _, err := f.WriteAt([]byte{0xcc}, 100); return err },
		"truncate": func() error { return f.Truncate(50) },
		"punch": func() error {
			return unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, 1<<16)
		},
		"map": func() error {
			b, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
			return errors.Join(err, unmap(b))
		},
	} {
		if try() == nil {
			done = append(done, name)
		}
	}
	return done
}

func unmap(b []byte) error {
	if b == nil {
		return nil
	}
	return unix.Munmap(b)
}

// Machine code of applications that boot keeps for the next kernel becomes executable
// as it is.
func TestRootCannotChangeMachineCodeThatIsKeptForTheNextKernel(t *testing.T) {
	d := newDevice(t)
	if d == nil {
		return
	}
	fd, err := unix.MemfdCreate("ordinary", 0)
	if err != nil {
		t.Fatal(err)
	}
	ordinary := os.NewFile(uintptr(fd), "ordinary")
	defer ordinary.Close()
	if _, err := ordinary.Write(make([]byte, 1<<17)); err != nil {
		t.Fatal(err)
	}
	if done := changes(fmt.Sprintf("/proc/self/fd/%d", fd)); len(done) != 4 {
		t.Errorf("the control: an ordinary memory file was changed by %v alone", done)
	}
	w, err := secureside.Start(t.Context(), d.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	path, before := machineCode(t, w.BootPID)
	if done := changes(path); len(done) != 0 {
		t.Errorf("machine code was changed: %v", done)
	}
	if err := syscall.Kill(w.KernelPID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if !answersAgain(w.Mailbox) {
		t.Fatal("no kernel answers")
	}
	if _, after := machineCode(t, w.BootPID); after != before {
		t.Error("the next kernel compiled anew: what was attacked is not what runs")
	}
}

func answersAgain(socket string) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(look) {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			continue
		}
		err = mailbox.NewClient(conn).Ping(1)
		_ = conn.Close()
		if err == nil {
			return true
		}
	}
	return false
}
