package secondterminal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// ElementKey is a key of the acquirer's element, in clear.
type ElementKey struct {
	element.KeyEntry
	Value []byte
}

// OpenElementKeys opens the key blocks in an element's directory.
func OpenElementKeys(dir string) ([]ElementKey, error) {
	kbpk, err := os.ReadFile(filepath.Join(dir, "kbpk")) //nolint:gosec // a test's own directory
	if err != nil {
		return nil, fmt.Errorf("reading the element's protection key: %w", err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "keys.json")) //nolint:gosec // a test's own directory
	if err != nil {
		return nil, fmt.Errorf("reading the element's key blocks: %w", err)
	}
	var f element.KeyFile
	if json.Unmarshal(b, &f) != nil {
		return nil, errors.New("malformed key file of the element")
	}
	var out []ElementKey
	for _, e := range f.Keys {
		key := make([]byte, 64)
		_, n, err := keyblock.Unwrap(kbpk, []byte(e.Block), key)
		if err != nil {
			return nil, fmt.Errorf("opening the element's key %s: %w", e.Slot, err)
		}
		out = append(out, ElementKey{e, key[:n]})
	}
	return out, nil
}
