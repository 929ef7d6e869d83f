package scan

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// holderVariable makes this test binary a process that takes a canary from its
// standard input and does with it what the variable says.
const holderVariable = "STRONGROOM_TEST_SCAN_HOLDER"

func TestMain(m *testing.M) {
	if manner := os.Getenv(holderVariable); manner != "" {
		hold(manner)
		return
	}
	os.Exit(m.Run())
}

func TestScraperFindsACanaryThatAProcessHolds(t *testing.T) {
	r := sweepHolder(t, "keep")
	if r.Found() == 0 {
		t.Fatalf("canary not found in %d bytes, %d mappings", r.Bytes, r.Regions)
	}
	t.Logf("control: %d hits in %d bytes, %d mappings, %d bytes refused", r.Found(), r.Bytes, r.Regions, r.Unreadable)
}

func TestScraperFindsACanaryBehindAGuard(t *testing.T) {
	if r := sweepHolder(t, "guard"); r.Found() == 0 {
		t.Errorf("canary in memory without read permission not found in %d bytes", r.Bytes)
	}
}

func TestScraperFindsNoCanaryThatWasErased(t *testing.T) {
	r := sweepHolder(t, "erase")
	if r.Found() != 0 || r.Bytes < 1<<20 {
		t.Errorf("found %d in %d bytes", r.Found(), r.Bytes)
	}
}

func TestScraperIsRefusedSecretMemoryAndSaysSo(t *testing.T) {
	if !secretMemory() {
		if os.Getenv("STRONGROOM_REQUIRE") == "all" {
			t.Fatal("this machine has no memfd_secret")
		}
		t.Log("left out: this machine has no memfd_secret")
		return
	}
	r := sweepHolder(t, "secret")
	if r.Found() != 0 || r.Unreadable < secretBytes || r.Refused == 0 {
		t.Errorf("found %d, %d bytes refused in %d mappings", r.Found(), r.Unreadable, r.Refused)
	}
}

func TestAProcessThatEndedIsAnError(t *testing.T) {
	p := startHolder(t, "erase")
	p.stop(t)
	if _, err := ScanProcess(p.cmd.Process.Pid, compiled(t)); !errors.Is(err, ErrEnded) {
		t.Errorf("error: %v", err)
	}
}

func FuzzAMappingLineIsReadOrRefused(f *testing.F) {
	f.Add("7f00-8f00 r--p 00000000 00:01 42 /a file (deleted)")
	f.Add("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]")
	f.Fuzz(func(t *testing.T, line string) {
		if m, err := parseMapping(line); err == nil && m.end < m.start {
			t.Error("a mapping that ends before it starts")
		}
	})
}

func TestAMappingIsReadFromItsLine(t *testing.T) {
	m, err := parseMapping("7f00-8f00 r--p 00000000 00:01 42 /a file (deleted)")
	must(t, err)
	if m.start != 0x7f00 || m.end != 0x8f00 || m.inode != 42 || m.name() != "/a file (deleted) r--p" {
		t.Errorf("mapping: %+v", m)
	}
	for _, bad := range []string{"", "7f00 r--p 0 0 0", "x-y r--p 0 0 0", "2-1 r--p 0 0 0", "1-2 r--p 0 0 z"} {
		if _, err := parseMapping(bad); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
}

const secretBytes = 16 * pageBytes

// hold reads a canary into memory of its own, treats it in the manner asked for
// and waits to be ended.
func hold(manner string) {
	memory := memoryFor(manner)
	n, err := io.ReadAtLeast(os.Stdin, memory, len(evenPAN))
	if err != nil {
		os.Exit(2)
	}
	switch manner {
	case "erase":
		clear(memory[:n])
	case "guard":
		_ = unix.Mprotect(memory, unix.PROT_NONE)
	}
	os.Stdout.WriteString("ready\n")
	time.Sleep(time.Minute)
	runtime.KeepAlive(memory)
}

func memoryFor(manner string) []byte {
	fd, flags := -1, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS
	if manner == "secret" {
		fd, flags = secretDescriptor(), unix.MAP_SHARED
	}
	memory, err := unix.Mmap(fd, 0, secretBytes, unix.PROT_READ|unix.PROT_WRITE, flags)
	if err != nil {
		os.Exit(3)
	}
	return memory
}

func secretDescriptor() int {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil || unix.Ftruncate(fd, secretBytes) != nil {
		os.Exit(4)
	}
	return fd
}

func secretMemory() bool {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

type holder struct {
	cmd   *exec.Cmd
	ended bool
}

// startHolder starts a holder and gives it the canary through a pipe: arguments
// and environment would themselves stay in its memory.
func startHolder(t *testing.T, manner string) *holder {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), holderVariable+"="+manner)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	h := &holder{cmd: cmd}
	t.Cleanup(func() { h.stop(t) })
	digits, err := canaryOnly()
	must(t, err)
	_, err = in.Write(digits)
	must(t, err)
	line := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(out, line); err != nil || !strings.HasPrefix(string(line), "ready") {
		t.Fatalf("holder is not ready: %v", err)
	}
	return h
}

func (h *holder) stop(t *testing.T) {
	t.Helper()
	if h.ended {
		return
	}
	h.ended = true
	must(t, h.cmd.Process.Kill())
	_ = h.cmd.Wait() // says that it was killed
}

// sweepHolder searches for the number that the holder was given, which its
// binary does not contain: the constants of this file would be found in it.
func sweepHolder(t *testing.T, manner string) Result {
	t.Helper()
	h := startHolder(t, manner)
	var n Needles
	digits, err := canaryOnly()
	must(t, err)
	must(t, n.AddPAN("canary", digits))
	r, err := ScanProcess(h.cmd.Process.Pid, n.Compile())
	must(t, err)
	return r
}

// canaryOnly is one number for this run.
var canaryOnly = onceCanary()

func onceCanary() func() ([]byte, error) {
	var digits []byte
	return func() ([]byte, error) {
		if digits == nil {
			made, err := GeneratePAN("411111", 16)
			if err != nil {
				return nil, err
			}
			digits = made
		}
		return bytes.Clone(digits), nil
	}
}
