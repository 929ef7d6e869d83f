//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

// conformance is what every isolation level must do alike: the scripts of sales,
// what the lane says of itself, and who is let in.
func conformance() []string {
	sale, interfaces := "testdata/sale/", "testdata/interfaces/"
	return []string{
		sale + "approve.txtar", sale + "decline.txtar", sale + "wrong-pin-then-right.txtar",
		sale + "acquirer-silent.txtar", sale + "cancel-during-the-pin.txtar", sale + "card-pulled-at-the-pin.txtar",
		sale + "kernel-killed-while-the-host-thinks.txtar", sale + "secure-world-killed-at-the-pin.txtar",
		interfaces + "tap-without-pin.txtar", interfaces + "swipe.txtar",
	}
}

// level is what is particular to one.
type level struct {
	name         string
	accelerators []string
	transport    [2]string // of the mailbox, and why
	note, not    string    // said of this level, and of the other
	own          func(t *testing.T, l *lane)
}

// Each level has a lane of its own: the same scripts pay the same amounts on the
// shared one, and the books are asked by amount.
func TestIsolationLevelProcessConforms(t *testing.T) {
	l := ownLane(t)
	if l == nil {
		return
	}
	conform(t, l, level{
		name: estate.IsolationProcess, accelerators: []string{"none"}, transport: [2]string{"ring", "none"},
		note: "root_that_injects_code_is_not_stopped", not: "root_that_reads_guest_memory_is_not_stopped",
		own: func(*testing.T, *lane) {},
	})
}

// TestIsolationLevelVMConforms uses KVM where that works, and tells.
func TestIsolationLevelVMConforms(t *testing.T) {
	l := ownLaneWith(t, estate.Options{Isolation: estate.IsolationVM})
	if l == nil {
		return
	}
	conform(t, l, level{
		name: estate.IsolationVM, accelerators: []string{"emulated", "kvm"}, transport: [2]string{"socket", "not_offered"},
		note: "root_that_reads_guest_memory_is_not_stopped", not: "root_that_injects_code_is_not_stopped",
		own: holdsAMachine,
	})
}

func conform(t *testing.T, l *lane, v level) {
	t.Run("it says what is in force", func(t *testing.T) { saysWhatIsInForce(t, l, v) })
	t.Run("a program without licence is not let in", func(t *testing.T) { letsNobodyIn(t, l) })
	t.Run("it holds what is its own", func(t *testing.T) { v.own(t, l) })
	runScripts(t, l, testscript.Params{Files: conformance()})
	t.Run("it says so still", func(t *testing.T) { saysWhatIsInForce(t, l, v) })
}

func saysWhatIsInForce(t *testing.T, l *lane, v level) {
	s, err := l.estate.Till.Security(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("isolation %s, processor %s, memory %s", s.Isolation, s.Accelerator, s.MemoryProtection)
	if s.Isolation != v.name || !slices.Contains(v.accelerators, s.Accelerator) {
		t.Errorf("it says isolation %s, processor %s", s.Isolation, s.Accelerator)
	}
	if [2]string{s.Transport, s.TransportReason} != v.transport {
		t.Errorf("it says transport %s, %s", s.Transport, s.TransportReason)
	}
	if s.MemoryProtection != "memfd_secret" || s.AppMeasurement != "measured" {
		t.Errorf("it says memory %s, app world %s", s.MemoryProtection, s.AppMeasurement)
	}
	for name, on := range s.Layers {
		if !on && name != "user_namespace" { // root has a user of its own in its place
			t.Errorf("%s is not in force", name)
		}
	}
	if len(s.Layers) == 0 || !slices.Contains(s.Notes, v.note) || slices.Contains(s.Notes, v.not) {
		t.Errorf("%d layers, notes %q", len(s.Layers), s.Notes)
	}
}

// letsNobodyIn knocks at all doors as a program that no licence names. The mailbox
// closes before a word; the devices' doors speak TLS, and this is none.
func letsNobodyIn(t *testing.T, l *lane) {
	for _, door := range []string{"mailbox", "sred", "pinentry"} {
		answer, err := knock(t.Context(), filepath.Join(l.estate.Run, "doors", door+".sock"))
		if err != nil || (door == "mailbox" && answer != "") || strings.Contains(answer, "terminal") {
			t.Errorf("%s answers %q, %v", door, answer, err)
		}
	}
}

func knock(ctx context.Context, socket string) (string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(emulatedPatience)); err != nil {
		return "", err
	}
	_, _ = conn.Write([]byte("\x00\x01hello")) // it may be closed already
	answer, err := io.ReadAll(io.LimitReader(conn, 1<<10))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return string(answer), fmt.Errorf("the door stays open: %w", err)
	}
	return string(answer), nil
}

// holdsAMachine looks at QEMU from outside: another user than every world's, no
// network, an empty root, a system call filter, no new privileges by exec.
func holdsAMachine(t *testing.T, l *lane) {
	pid := l.estate.PID(estate.Kernel)
	proc := fmt.Sprintf("/proc/%d/", pid)
	if program, err := os.Readlink(proc + "exe"); err != nil || !strings.Contains(program, "qemu") {
		t.Fatalf("the kernel runs in %q, %v", program, err)
	}
	// A root that was removed behind it holds nothing and takes nothing in.
	if all, err := os.ReadDir(proc + "root"); err != nil && !errors.Is(err, fs.ErrNotExist) || len(all) != 0 {
		t.Errorf("its root holds %v, %v", all, err)
	}
	network, err := os.ReadFile(proc + "net/dev")
	if lines := strings.Count(string(network), "\n"); err != nil || lines != 3 || !strings.Contains(string(network), "lo:") {
		t.Errorf("its network is %q, %v", network, err)
	}
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		switch fields := strings.Fields(line); {
		case strings.HasPrefix(line, "Uid:") && slices.Contains(fields[1:], "0"):
			t.Errorf("it is root: %s", line)
		case strings.HasPrefix(line, "Seccomp:") && fields[1] != "2":
			t.Errorf("it has no filter: %s", line)
		case strings.HasPrefix(line, "CapEff:") && strings.Trim(fields[1], "0") != "":
			t.Errorf("it has capabilities: %s", line)
		}
	}
}
