//go:build linux

package attacks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// This program plays two parts as another user: an intruder, and an unprotected
// program for it to attack.
const (
	roleVariable   = "STRONGROOM_ATTACKS_ROLE"
	targetVariable = "STRONGROOM_ATTACKS_TARGET"
	wantedVariable = "STRONGROOM_ATTACKS_WANTED"
	roleIntruder   = "intruder"
	roleUnguarded  = "unguarded"
	roleKnocker    = "knocker"
)

// planted is what the unguarded program holds in ordinary memory.
const planted = "a canary in ordinary memory, 5d1c"

func play(role string) int {
	if role == roleUnguarded {
		canary := make([]byte, len(planted)) // not the constant, which lies in the program
		copy(canary, planted)
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test ends
		runtime.KeepAlive(canary)
		return 0
	}
	if role == roleCareless {
		panic("declined " + os.Getenv(wantedVariable))
	}
	if role == roleKnocker {
		return knock(os.Getenv(targetVariable))
	}
	pid, err := strconv.Atoi(os.Getenv(targetVariable))
	if err != nil {
		return 2
	}
	// One thread attaches, waits and detaches.
	runtime.LockOSThread()
	if json.NewEncoder(os.Stdout).Encode(intrude(pid)) != nil {
		return 1
	}
	return 0
}

// knock asks a mailbox for an answer.
func knock(mailboxSocket string) int {
	conn, err := net.Dial("unix", mailboxSocket)
	if err != nil {
		return 1
	}
	defer conn.Close()
	said := "closed"
	if mailbox.NewClient(conn).Ping(1) == nil {
		said = "answered"
	}
	fmt.Println(said)
	return 0
}

// attempts are what an intruder tries, in this order: what ends its target is last.
func attempts() []struct {
	name string
	try  func(pid int) error
} {
	signal := func(s syscall.Signal) func(int) error { return func(pid int) error { return syscall.Kill(pid, s) } }
	return []struct {
		name string
		try  func(pid int) error
	}{
		{"memory by /proc", func(pid int) error { return sweep(pid, procMemory) }},
		{"memory by process_vm_readv", func(pid int) error { return sweep(pid, vmRead) }},
		{"environment by /proc", func(pid int) error { _, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); return err }},
		{"a descriptor by pidfd_getfd", takeDescriptor},
		{"trace", trace},
		{"core by the debugger's way", seize},
		{"stop", signal(syscall.SIGSTOP)},
		{"abort, for a core", signal(syscall.SIGABRT)},
		{"kill", signal(syscall.SIGKILL)},
	}
}

// intrude tells which attempts succeeded.
func intrude(pid int) (succeeded []string) {
	succeeded = []string{}
	for _, a := range attempts() {
		if os.Getenv(harmlessVariable) != "" && slices.Contains(stays(), a.name) {
			continue
		}
		if a.try(pid) == nil {
			succeeded = append(succeeded, a.name)
		}
	}
	return succeeded
}

type reading func(pid int, b []byte, at int64) (n int, err error)

// sweep looks through all writable memory for what the environment names; where it
// names nothing, reading any memory at all counts.
func sweep(pid int, read reading) error {
	wanted := os.Getenv(wantedVariable)
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		b := make([]byte, min(to-from, 64<<20))
		// What was read before a hole counts.
		if n, _ := read(pid, b, from); n > 0 && (wanted == "" || bytes.Contains(b[:n], []byte(wanted))) {
			return nil
		}
	}
	return os.ErrPermission
}

func procMemory(pid int, b []byte, at int64) (int, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.ReadAt(b, at)
}

func vmRead(pid int, b []byte, at int64) (int, error) {
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	remote := []unix.RemoteIovec{{Base: uintptr(at), Len: len(b)}}
	return unix.ProcessVMReadv(pid, local, remote, 0)
}

func takeDescriptor(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	taken, err := unix.PidfdGetfd(fd, 0, 0)
	if err == nil {
		_ = unix.Close(taken)
	}
	return err
}

func trace(pid int) error {
	if err := syscall.PtraceAttach(pid); err != nil {
		return err
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WALL, nil); err != nil {
		return err
	}
	return syscall.PtraceDetach(pid)
}

// seize attaches as a debugger does that wants a core and not a stop.
func seize(pid int) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(pid), 0, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	_, _, errno = unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_INTERRUPT, uintptr(pid), 0, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WALL, nil); err != nil {
		return err
	}
	return syscall.PtraceDetach(pid)
}

// program is this one where every user may start it.
func program(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "attacks")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	b, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return path
}

func as(path, role string, user uint32, target int, wanted string) *exec.Cmd {
	c := exec.Command(path)
	c.Dir = "/"
	c.Env = []string{roleVariable + "=" + role, targetVariable + "=" + strconv.Itoa(target), wantedVariable + "=" + wanted,
		harmlessVariable + "=" + os.Getenv(harmlessVariable)}
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}, Pdeathsig: syscall.SIGKILL}
	return c
}

// intruder attacks a process as a user; wanted is what it must find in the memory.
func intruder(t *testing.T, path string, user uint32, target int, wanted string) (succeeded []string) {
	t.Helper()
	out, err := as(path, roleIntruder, user, target, wanted).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &succeeded); err != nil {
		t.Fatal(err)
	}
	return succeeded
}

// unguarded is a process without protection, of a user.
func unguarded(t *testing.T, path string, user uint32) (pid int) {
	t.Helper()
	c := as(path, roleUnguarded, user, 0, "")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = c.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return c.Process.Pid
}
