package engine

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/workingkey"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// exchange is a key-exchange key.
type exchange [aesKeySize]byte

// addExchange keeps one of the key file.
func (r *ring) addExchange(id string, key []byte) error {
	defer clear(key)
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != 4 {
		return errors.New("the id of a key-exchange key is not 8 hex digits")
	}
	if r.exchange == nil {
		r.exchange = make(map[element.KEKID]*exchange)
	}
	if r.exchange[element.KEKID(b)] != nil {
		return errors.New("the id of a key-exchange key is used twice")
	}
	k := exchange(key)
	r.exchange[element.KEKID(b)] = &k
	r.erase = append(r.erase, func() { clear(k[:]) })
	return nil
}

// guest is a key that came along with a question.
type guest struct {
	key   [aesKeySize]byte
	usage string
	mode  byte
	bdk   [4]byte // of a base derivation key
	check element.CheckValue
}

// open opens a block by the rules of package element. What it returns is cleared by
// the caller.
func (r *ring) open(kek *exchange, block []byte) (*guest, error) {
	g := new(guest)
	h, n, err := keyblock.Unwrap(kek[:], block, g.key[:])
	if err == nil && n == aesKeySize && h.Algorithm == 'A' && h.Exportability != 'S' {
		g.usage, g.mode = h.Usage, h.Mode
		if r.permits(g, h.Optional) {
			g.check, err = keyblock.KCVAES(g.key[:])
			return g, err
		}
	}
	g.wipe()
	return nil, element.CodeSeal
}

func (g *guest) wipe() { clear(g.key[:]) }

// permits holds a key to its one purpose.
func (r *ring) permits(g *guest, optional []keyblock.OptionalBlock) bool {
	if g.usage == "P0" {
		return g.mode == 'B' || g.mode == 'E'
	}
	return g.usage == "B0" && g.mode == 'X' && baseID(&g.bdk, optional) && !r.ownsBDK(g.bdk)
}

// baseID reads BI: the id of a base derivation key of AES DUKPT.
func baseID(id *[4]byte, optional []keyblock.OptionalBlock) bool {
	for _, o := range optional {
		digits, aes := strings.CutPrefix(o.Data, "01")
		if o.ID != "BI" || !aes || strings.ToUpper(digits) != digits {
			continue
		}
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) != len(id) {
			return false
		}
		*id = [4]byte(b)
		return true
	}
	return false
}

func (r *ring) ownsBDK(id [4]byte) bool {
	_, terminal := r.terminals[id]
	_, pin := r.pinPads[id]
	return terminal || pin
}

// guest opens what must be of a usage; an empty block is none.
func (r *ring) guest(kek *exchange, block []byte, usage string) (*guest, error) {
	if len(block) == 0 {
		return nil, nil //nolint:nilnil // none came along
	}
	g, err := r.open(kek, block)
	if err == nil && g.usage != usage {
		g.wipe()
		return nil, element.CodeSeal
	}
	return g, err
}

// withBase calls use with the base derivation key that came along, or with nil.
func (r *ring) withBase(kek *exchange, block []byte, use func(*guest, *workingkey.Base) error) error {
	g, err := r.guest(kek, block, "B0")
	if err != nil {
		return err
	}
	if g == nil {
		return use(nil, nil)
	}
	defer g.wipe()
	base := workingkey.NewBase(&g.key)
	defer base.Erase()
	return use(g, base)
}

// LoadKeyBlock tells what a key block is.
func (o *operations) LoadKeyBlock(r element.LoadKeyBlock) (l element.LoadedKey, err error) {
	kek := o.ring.exchange[r.KEK]
	if kek == nil {
		return l, element.CodeKey
	}
	g, err := o.ring.open(kek, r.Block)
	if err != nil {
		return l, err
	}
	defer g.wipe()
	return element.LoadedKey{Usage: [2]byte([]byte(g.usage)), Mode: g.mode, Check: g.check}, nil
}

// Derive makes the initial key of a device and gives it out as a block alone.
func (o *operations) Derive(r element.Derive, chance *element.Chance) (d element.DerivedKey, err error) {
	kek := o.ring.exchange[r.KEK]
	if kek == nil {
		return d, element.CodeKey
	}
	var key [aesKeySize]byte
	defer clear(key[:])
	err = o.ring.withBase(kek, r.Base, func(g *guest, base *workingkey.Base) error {
		if g == nil {
			base = o.ring.ownBDK([4]byte(r.ID[:4]))
		}
		if base == nil || g != nil && g.bdk != [4]byte(r.ID[:4]) {
			return element.CodeKey
		}
		o.ring.keys.Initial(&key, base, r.ID)
		return nil
	})
	if err != nil {
		return d, err
	}
	if d.Check, err = keyblock.KCVAES(key[:]); err != nil {
		return d, err
	}
	d.Block, err = keyblock.Wrap(kek[:], initialHeader(r.ID), key[:], bytes.NewReader(chance[:]))
	return d, err
}

func (r *ring) ownBDK(id [4]byte) *workingkey.Base {
	if b, ok := r.terminals[id]; ok {
		return b
	}
	return r.pinPads[id]
}

// initialHeader is of a device's initial key, which stays in the device.
func initialHeader(id element.InitialKeyID) keyblock.Header {
	return keyblock.Header{
		Version: 'D', Usage: "B1", Algorithm: 'A', Mode: 'X', KeyVersion: "00", Exportability: 'N',
		Optional: []keyblock.OptionalBlock{{ID: "IK", Data: strings.ToUpper(hex.EncodeToString(id[:]))}},
	}
}
