//go:build linux

// Package tokentest makes PKCS#11 tokens for tests: SoftHSM2 with a store of its
// own, and the program that speaks to it.
//
// Tests import it, nothing else may.
package tokentest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token"
)

// PIN of the tokens.
const PIN = "271828"

// softHSM is where Debian puts SoftHSM2.
const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

// New makes a store with one token for each label and returns the first's place.
func New(t *testing.T, labels ...string) token.Place {
	t.Helper()
	return token.Place{Library: Store(t, labels...), Program: Program(t), Label: labels[0]}
}

// Store makes a store with one token for each label and returns the library that
// opens it, in this process and in those that it starts.
func Store(t *testing.T, labels ...string) (library string) {
	t.Helper()
	util, err := exec.LookPath("softhsm2-util")
	if err != nil {
		t.Fatal("softhsm2 is not installed: .ci/deps")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "softhsm2.conf")
	store := filepath.Join(dir, "tokens")
	if err := os.Mkdir(store, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "directories.tokendir = " + store + "\nobjectstore.backend = file\nlog.level = ERROR\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", config)
	for _, label := range labels {
		cmd := exec.CommandContext(t.Context(), util, "--init-token", "--free", "--label", label, "--so-pin", PIN, "--pin", PIN) //nolint:gosec // fixed words
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("making a token: %v\n%s", err, out)
		}
	}
	return softHSM
}

// Program builds pkcs11signer.
func Program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pkcs11signer")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", path, //nolint:gosec // fixed words
		"github.com/strongroom-pos/strongroom/secureworld/pkcs11signer")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building pkcs11signer: %v\n%s", err, out)
	}
	return path
}
