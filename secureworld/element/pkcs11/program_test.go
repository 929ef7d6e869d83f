//go:build linux && cgo

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// The program as it is built: it loads its keys, and then it serves without them.
func TestTheProgramLoadsAndThenServes(t *testing.T) {
	w, p, dir := newWorld(t), newPlace(t), t.TempDir()
	program := filepath.Join(dir, "pkcs11")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	raw, err := json.Marshal(w.File)
	if err != nil {
		t.Fatal(err)
	}
	keys, kbpk, socket := filepath.Join(dir, "keys"), filepath.Join(dir, "kbpk"), filepath.Join(dir, "s")
	for path, b := range map[string][]byte{keys: raw, kbpk: w.KBPK} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	place := []string{"-module", p.module, "-token", p.label, "-pin", p.pin}
	load := exec.CommandContext(t.Context(), program, append([]string{"-load", "-keys", keys, "-kbpk", kbpk}, place...)...)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("loading: %v\n%s", err, out)
	}
	_ = os.Remove(kbpk)
	cmd := exec.CommandContext(t.Context(), program, append([]string{"-socket", socket}, place...)...)
	says, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(says).ReadString('\n'); err != nil || strings.TrimSpace(line) != "element: ready" {
		t.Fatalf("%q %v", line, err)
	}
	client := element.NewClient(socket, 1)
	defer client.Close()
	if _, err := client.PANReference(t.Context(), element.PANReference{PAN: []byte("4761739001010010")}); err != nil {
		t.Error(err)
	}
	client.Close()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
