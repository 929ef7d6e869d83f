package conformance

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Opener loads the keys of a make.
type Opener func(file element.KeyFile, kbpk []byte) (element.Operations, func(), error)

// Published asks a make the published cases of chips, scripts, card verification
// values and PIN references, each with the case's own keys.
func Published(t *testing.T, open Opener) {
	t.Helper()
	Schemes(t, open)
	Generic(t, open)
	Values(t, open)
}

// ReadVectors fills v from a file of published vectors. On a machine without them
// it says so, and reports false.
func ReadVectors(t *testing.T, name string, v any) bool {
	t.Helper()
	dir, _ := os.Getwd()
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "..", "shared", "vectors", name)) //nolint:gosec // a test's own files
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the published vectors are missing")
		}
		t.Log("LEFT OUT: the published vectors are not on this machine")
		return false
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal("the published vectors cannot be read")
	}
	return true
}

// Hex decodes a value of a vector file.
func Hex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// with opens a make whose issuer has the given keys, for one case.
func with(t *testing.T, open Opener, given map[element.Slot][]byte, use func(*World, element.Operations)) {
	t.Helper()
	w, err := NewWorld(1, given)
	if err != nil {
		t.Fatal(err)
	}
	ops, wipe, err := open(w.File, w.KBPK)
	if err != nil {
		t.Fatal(err)
	}
	defer wipe()
	use(w, ops)
}

// refusesFlips changes every byte of what must verify.
func refusesFlips(t *testing.T, name string, value []byte, verify func() error) {
	t.Helper()
	for i := range value {
		value[i] ^= 1
		if verify() == nil {
			t.Errorf("%s: a changed value verifies", name)
		}
		value[i] ^= 1
	}
}
