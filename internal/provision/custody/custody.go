// Package custody lets two people make a key that neither of them knows: each
// holds a component of it, drawn at random and as long as the key, sealed under his
// own passphrase. The key is all components combined by exclusive or, so that one
// component alone says nothing of it. They are combined in one locked page of one
// process, which is wiped.
//
// Each component has a check value that its custodian compares, and so has the key
// (CMAC of a zero block, 3 bytes of it). The keys are AES-256.
//
//	{"custodian":"alice","holder":"…","part":1,"of":2,
//	 "keys":[{"name":"bdk-terminal","check":"A1B2C3"}],
//	 "salt":"…","nonce":"…","sealed":"…"}
//
// Sealed are the components in the order of keys, with AES-256-GCM under
// Argon2id(passphrase, salt); all else is bound as additional data.
//
// The operator's command and the demo's ceremony import it. It holds components
// and keys only between a call's begin and end, or until a Room is closed.
package custody

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// KeySize is that of every key and component.
const KeySize = 32

const (
	// custodians is how many hold a key.
	custodians = 2
	// maxKeys that one envelope holds.
	maxKeys = 16
	// maxName bounds a custodian's and a key's name.
	maxName = 64
	// maxEnvelope is some times what maxKeys come to.
	maxEnvelope = 16 << 10
)

// Errors that a caller tells apart.
var (
	ErrPassphrase = errors.New("custody: wrong passphrase, or the envelope was changed")
	ErrEnvelope   = errors.New("custody: no component's envelope")
	ErrSame       = errors.New("custody: the components must be of two different custodians, each another part")
	ErrKeys       = errors.New("custody: the components are not of the same keys")
	ErrCheck      = errors.New("custody: a component does not have its check value")
	ErrWeak       = errors.New("custody: the components are equal or the key is zero")
)

// Key is one key in an envelope.
type Key struct {
	Name  string `json:"name"`
	Check string `json:"check"` // of the component
}

// Component is what one custodian holds, in clear: the parts of several keys.
type Component struct {
	Custodian string
	Holder    string // drawn when he first held one: two envelopes of one person have the same
	Part      int    // 1 or 2
	Names     []string
	secret    []byte // KeySize for each name
}

// Draw draws a custodian's components.
func Draw(custodian, holder string, part int, names ...string) (*Component, error) {
	if part < 1 || part > custodians || len(names) == 0 || len(names) > maxKeys || custodian == "" || len(custodian) > maxName || holder == "" {
		return nil, ErrEnvelope
	}
	c := &Component{custodian, holder, part, names, make([]byte, KeySize*len(names))}
	if _, err := io.ReadFull(rand.Reader, c.secret); err != nil {
		return nil, fmt.Errorf("custody: drawing a component: %w", err)
	}
	return c, nil
}

// Holder draws what tells one custodian from another.
func Holder() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func (c *Component) of(i int) []byte { return c.secret[i*KeySize : (i+1)*KeySize] }

// Keys are the names with the components' check values, for the custodian to keep.
func (c *Component) Keys() ([]Key, error) {
	var out []Key
	for i, name := range c.Names {
		check, err := CheckValue(c.of(i))
		if err != nil {
			return nil, err
		}
		out = append(out, Key{name, check})
	}
	return out, nil
}

// Wipe forgets the components.
func (c *Component) Wipe() { clear(c.secret) }

// CheckValue is a key's, as people compare it: six hexadecimal digits.
func CheckValue(key []byte) (string, error) {
	kcv, err := keyblock.KCVAES(key)
	return strings.ToUpper(hex.EncodeToString(kcv[:3])), err
}
