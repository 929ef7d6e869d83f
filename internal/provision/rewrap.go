package provision

import (
	"crypto/rand"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// NewProtectionKey draws an element's key block protection key.
func NewProtectionKey() ([]byte, error) { return Drawer(nil).draw("kek", aesSize) }

// Rewrap makes the key file of another element: the same keys for the same purposes,
// each in a block under that element's own protection key.
func Rewrap(f element.KeyFile, from, to []byte) (element.KeyFile, error) {
	var out element.KeyFile
	for _, k := range f.Keys {
		block, err := rewrap(k.Block, from, to)
		if err != nil {
			return element.KeyFile{}, fmt.Errorf("key %s: %w", k.Slot, err)
		}
		k.Block = block
		out.Keys = append(out.Keys, k)
	}
	return out, nil
}

func rewrap(block string, from, to []byte) (string, error) {
	room := make([]byte, len(block))
	defer clear(room)
	h, n, err := keyblock.Unwrap(from, []byte(block), room)
	if err != nil {
		return "", fmt.Errorf("opening a key: %w", err)
	}
	b, err := keyblock.Wrap(to, h, room[:n], rand.Reader)
	if err != nil {
		return "", fmt.Errorf("wrapping a key: %w", err)
	}
	return string(b), nil
}
