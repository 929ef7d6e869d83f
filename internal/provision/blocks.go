package provision

import (
	"crypto/rand"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// kind is what a key block says of its key. ANSI X9.143, tables 2 to 4.
type kind struct {
	usage           string
	algorithm, mode byte
}

// Kinds of the devices' and the kernel's blocks.
func initialKind() kind    { return kind{"B1", 'A', 'X'} } // DUKPT initial key; derives
func orderKind() kind      { return kind{"M6", 'A', 'C'} } // CMAC; generates and verifies
func orderCheckKind() kind { return kind{"M6", 'A', 'V'} } // CMAC; verifies only
func sealKind() kind       { return kind{"D0", 'A', 'E'} } // data; enciphers only
func openKind() kind       { return kind{"D0", 'A', 'D'} } // data; deciphers only
func tokenKind() kind      { return kind{"M7", 'H', 'G'} } // HMAC; generates only

// wrap makes a version D block that may not be exported again. id, if any, is
// the initial key id for optional block IK.
func wrap(kbpk []byte, k kind, key []byte, id ...string) (string, error) {
	h := keyblock.Header{
		Version: 'D', Usage: k.usage, Algorithm: k.algorithm, Mode: k.mode, KeyVersion: "00", Exportability: 'N',
	}
	for _, ikid := range id {
		h.Optional = append(h.Optional, keyblock.OptionalBlock{ID: "IK", Data: ikid})
	}
	b, err := keyblock.Wrap(kbpk, h, key, rand.Reader)
	if err != nil {
		return "", fmt.Errorf("wrapping a key: %w", err)
	}
	return string(b), nil
}

// unwrap opens a block of one kind.
func unwrap(kbpk []byte, k kind, block string) ([]byte, error) {
	room := make([]byte, len(block))
	_, n, err := keyblock.UnwrapAs(kbpk, []byte(block), room, keyblock.Expect{Usage: k.usage, Algorithm: k.algorithm, Mode: k.mode})
	if err != nil {
		return nil, fmt.Errorf("opening a key: %w", err)
	}
	return room[:n], nil
}

// wanted is one block to be made.
type wanted struct {
	name string
	kind kind
	key  []byte
	id   []string
}

func wrapAll(kbpk []byte, list []wanted) ([]provisioning.Key, error) {
	var out []provisioning.Key
	for _, w := range list {
		block, err := wrap(kbpk, w.kind, w.key, w.id...)
		if err != nil {
			return nil, err
		}
		out = append(out, provisioning.Key{Name: w.name, Block: block})
	}
	return out, nil
}
