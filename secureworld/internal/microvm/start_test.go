//go:build linux

package microvm

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// machinesOf plays QEMU by a shell script.
func machinesOf(t *testing.T, script string) (*Machines, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "qemu")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	linux := put(t, filepath.Join(dir, "linux"), "linux")
	var log bytes.Buffer
	m, err := New(Config{QEMU: program, Linux: linux, Guest: linux, Disk: filepath.Join(dir, "disk"), KVM: "off"}, 1, 1, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m, &log
}

func begin(t *testing.T, m *Machines) error {
	t.Helper()
	program, err := spawn.MemoryFile("kernel", []byte("kernel"))
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	link, theirs, err := handover.Pair()
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	defer theirs.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	machine, err := m.Start(spawn.Config{Program: program, Directory: t.TempDir(), Link: theirs, Errors: null, Measurements: "x", Without: true})
	if err == nil {
		machine.Kill()
		<-machine.Done()
	}
	return err
}

func TestWhereKVMFailsTheProcessorIsEmulatedAndTheReasonTold(t *testing.T) {
	m, log := machinesOf(t, `echo "no luck with $2" >&2; exit 1`)
	m.kvm = nil // as on a machine whose /dev/kvm opens
	err := begin(t, m)
	if err == nil || !strings.Contains(err.Error(), "no luck with pc,accel=tcg") {
		t.Errorf("the emulated start says %v", err)
	}
	if reason := m.withoutKVM(); reason == nil || !strings.Contains(reason.Error(), "no luck with pc,accel=kvm") {
		t.Errorf("KVM was given up for %v", reason)
	}
	if !strings.Contains(log.String(), "no luck with pc,accel=kvm") {
		t.Errorf("the log has no reason: %s", log)
	}
	if err := begin(t, m); err == nil || strings.Contains(err.Error(), "kvm") {
		t.Errorf("the next start says %v", err)
	}
}

func TestAGuestThatSpeaksOtherwiseIsNotStarted(t *testing.T) {
	for name, script := range map[string]string{
		"says nothing and ends": "exit 0",
		"says something else":   `printf 'hello, this is no guest' >&6; exec sleep 60`,
	} {
		m, _ := machinesOf(t, script)
		if err := begin(t, m); err == nil {
			t.Errorf("one that %s is taken", name)
		}
	}
}

func TestAGuestThatBreaksTheHandoverEndsWithItsMachine(t *testing.T) {
	// A right first word, and then a message that only boot may send.
	m, _ := machinesOf(t, `printf '\201\0\0\0\0036.1\003\0\0\0\002\001\023' >&6; exec sleep 60`)
	if err := begin(t, m); err != nil {
		t.Fatal(err) // begin waits until it ended
	}
}

func TestASilentGuestIsStartedOnceMoreAndThenShowsWhereItStands(t *testing.T) {
	m, log := machinesOf(t, `case "$*" in
*loglevel=7*) printf '\201\0\0\0\0036.1\003\0\0\0\002\001\023' >&6 ;;
esac
exec sleep 60`)
	m.patience = time.Second / 2
	if err := begin(t, m); err != nil {
		t.Fatal(err)
	}
	if words := log.String(); strings.Count(words, "started once more") != 1 {
		t.Errorf("the log says %s", words)
	}
}

func TestAGuestThatEndsAtOnceIsNotStartedAgain(t *testing.T) {
	m, log := machinesOf(t, "exit 0")
	if err := begin(t, m); err == nil || errors.Is(err, errSilent) {
		t.Errorf("its start says %v", err)
	}
	if strings.Contains(log.String(), "started once more") {
		t.Error("it is started again")
	}
}
