//go:build linux

// Package swtpm starts a TPM in software for tests. Its state is a folder: who copies
// that has the TPM.
//
// Tests import it, nothing else may.
package swtpm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience covers the start on a loaded machine.
const patience = 20 * time.Second

// listening is the flag of a socket that takes connections (__SO_ACCEPTCON).
const listening = "00010000"

// Start starts the TPM whose state lies in dir, with registers as after a start of the
// machine, and returns its socket. It serves one connection and ends with it, or with
// the test; one that served before is waited for.
func Start(t testing.TB, dir string) (socket string) {
	t.Helper()
	return start(t, dir, "--terminate")
}

// Lasting starts one that serves connection after connection, one at a time.
func Lasting(t testing.TB, dir string) (socket string) {
	t.Helper()
	return start(t, dir)
}

func start(t testing.TB, dir string, more ...string) (socket string) {
	t.Helper()
	program, err := exec.LookPath("swtpm")
	if err != nil {
		t.Fatal("swtpm is not installed")
	}
	folder, err := os.MkdirTemp("", "swtpm-") // short, as a socket's path must be; its own, since one that ends removes its socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	socket = filepath.Join(folder, "tpm.sock")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		c := exec.CommandContext(t.Context(), program, append([]string{"socket", "--tpm2", "--tpmstate", "dir=" + dir, //nolint:gosec // a test's own folder
			"--server", "type=unixio,path=" + socket, "--flags", "not-need-init,startup-clear"}, more...)...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { defer close(ended); _ = c.Wait() }()
		t.Cleanup(func() { _ = c.Process.Kill(); <-ended })
		if listens(socket, ended, end) {
			return socket
		}
	}
	t.Fatal("swtpm does not get ready")
	return ""
}

// listens waits until the socket takes connections, and makes none, since one that
// ends ends the TPM; not while another process holds the state.
func listens(socket string, ended <-chan struct{}, end time.Time) bool {
	for time.Now().Before(end) {
		select {
		case <-ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
		if accepts(socket) {
			return true
		}
	}
	return false
}

// accepts looks for the socket among those that listen: its file is there before.
func accepts(socket string) bool {
	b, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line) // number, count, protocol, flags, type, state, inode, path
		if len(f) == 8 && f[3] == listening && f[7] == socket {
			return true
		}
	}
	return false
}
