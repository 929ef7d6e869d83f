package provision

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
)

// Sizes of keys in bytes.
const (
	aesSize  = 32
	tdesSize = 16 // double length
)

// Base derivation key ids. One id has one purpose, so that a key serial number
// tells what its keys may do. A reader's initial key is drawn, and derived from
// none: its id only has the same form.
const (
	terminalBDK = "D0010001"
	pinBDK      = "D0020001"
	readerKeys  = "D0030001"
)

// keyExchange is the id of the element's key-exchange key, under which key blocks come
// in and initial keys go out.
const keyExchange = "D0040001"

// Drawer draws a key of a size; the name is for who tests.
type Drawer func(name string, key []byte) error

// draw draws a key, from the system's random source where there is no drawer.
func (d Drawer) draw(name string, size int) ([]byte, error) {
	key := make([]byte, size)
	if d != nil {
		return key, d(name, key)
	}
	if _, err := io.ReadFull(rand.Reader, key); err != nil {
		return nil, fmt.Errorf("drawing a key: %w", err)
	}
	return key, nil
}

// drawn are keys by their names, to be wiped together.
type drawn map[string][]byte

func (d Drawer) all(size int, names ...string) (drawn, error) {
	out := drawn{}
	for _, name := range names {
		key, err := d.draw(name, size)
		if err != nil {
			out.wipe()
			return nil, err
		}
		out[name] = key
	}
	return out, nil
}

func (k drawn) wipe() {
	for _, key := range k {
		clear(key)
	}
}

// keyID draws an initial key id below a base derivation key's.
func keyID(bdk string) (id [8]byte, err error) {
	if _, err := hex.Decode(id[:4], []byte(bdk)); err != nil {
		return id, err
	}
	_, err = io.ReadFull(rand.Reader, id[4:])
	return id, err
}

// initial draws a derivation id and derives the initial key of that device.
func initial(bdkID string, bdk []byte) (id [8]byte, key []byte, err error) {
	if id, err = keyID(bdkID); err != nil {
		return id, nil, err
	}
	key = make([]byte, aesSize)
	return id, key, receiver.InitialKey(key, bdk, dukpt.AES256, id)
}

// oddParity sets the parity bits of a DES key (FIPS 46-3).
func oddParity(key []byte) {
	for i, b := range key {
		key[i] = b&0xFE | byte(1^bits.OnesCount8(b>>1)&1)
	}
}

func hexID(id [8]byte) string { return strings.ToUpper(hex.EncodeToString(id[:])) }
