package engine

import (
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/cvv"
	"github.com/strongroom-pos/strongroom/secureworld/element/ibm3624"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/aes256"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/tdes"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/workingkey"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

const (
	aesKeySize = 32
	maxKeySize = 32
)

// policy is what the key block of a slot must say.
type policy struct {
	expect keyblock.Expect
	size   int
}

// policies is the element's whole knowledge of keys: a key outside it does not
// load.
func policies() map[element.Slot]policy {
	return map[element.Slot]policy{
		element.SlotTerminalBDK:  {keyblock.Expect{Usage: "B0", Algorithm: 'A', Mode: 'X'}, 32},
		element.SlotPINBDK:       {keyblock.Expect{Usage: "B0", Algorithm: 'A', Mode: 'X'}, 32},
		element.SlotZonePIN:      {keyblock.Expect{Usage: "P0", Algorithm: 'A', Mode: 'B'}, 32},
		element.SlotIssuerAC:     {keyblock.Expect{Usage: "E0", Algorithm: 'T', Mode: 'X'}, 16},
		element.SlotPVK:          {keyblock.Expect{Usage: "V1", Algorithm: 'T', Mode: 'C'}, 16},
		element.SlotPANReference: {keyblock.Expect{Usage: "M6", Algorithm: 'A', Mode: 'C'}, 32},
		element.SlotIssuerSMI:    {keyblock.Expect{Usage: "E2", Algorithm: 'T', Mode: 'X'}, 16},
		element.SlotIssuerCVC3:   {keyblock.Expect{Usage: "E4", Algorithm: 'T', Mode: 'X'}, 16},
		element.SlotCVK:          {keyblock.Expect{Usage: "C0", Algorithm: 'T', Mode: 'C'}, 16},
		element.SlotKeyExchange:  {keyblock.Expect{Usage: "K1", Algorithm: 'A', Mode: 'B'}, 32},
	}
}

// ring holds the keys by purpose, expanded once. The ciphers do not change in use, so
// any number of goroutines may use them.
type ring struct {
	terminals map[[4]byte]*workingkey.Base // by BDK id
	pinPads   map[[4]byte]*workingkey.Base
	keys      *workingkey.Keys // of transactions
	zone      cipher.Block     // AES-256
	issuerAC  cipher.Block     // TDES
	scripts   cipher.Block     // TDES
	cvc3      cipher.Block     // TDES
	values    *cvv.Key
	pvk       cipher.Block // TDES
	table     ibm3624.Table
	reference cipher.Block // AES-256
	exchange  map[element.KEKID]*exchange
	count     uint16
	erase     []func()
}

func (r *ring) wipe() {
	for _, f := range r.erase {
		f()
	}
}

func newRing(file element.KeyFile, kbpk []byte, keepPaths bool) (*ring, error) {
	r := &ring{terminals: make(map[[4]byte]*workingkey.Base), pinPads: make(map[[4]byte]*workingkey.Base)}
	for i, entry := range file.Keys {
		if err := r.load(entry, kbpk); err != nil {
			r.wipe()
			return nil, fmt.Errorf("loading key %d: %w", i+1, err)
		}
		r.count++
	}
	keys, err := workingkey.New(keepPaths)
	if err != nil {
		r.wipe()
		return nil, err
	}
	r.keys = keys
	r.erase = append(r.erase, keys.Close)
	return r, nil
}

func (r *ring) load(entry element.KeyEntry, kbpk []byte) error {
	p, ok := policies()[entry.Slot]
	if !ok {
		return errors.New("unknown slot")
	}
	room := make([]byte, maxKeySize)
	_, n, err := keyblock.UnwrapAs(kbpk, []byte(entry.Block), room, p.expect)
	if err != nil || n != p.size {
		clear(room)
		return errors.New("the key block is refused for its slot")
	}
	key := room[:n]
	switch entry.Slot {
	case element.SlotTerminalBDK:
		return r.addBDK(r.terminals, entry.BDKID, key)
	case element.SlotPINBDK:
		return r.addBDK(r.pinPads, entry.BDKID, key)
	case element.SlotKeyExchange:
		return r.addExchange(entry.KEKID, key)
	}
	defer clear(key)
	return r.expand(entry, key)
}

// addBDK keeps a base derivation key. One id has one purpose, or a terminal's
// KSN could be used for PINs.
func (r *ring) addBDK(slot map[[4]byte]*workingkey.Base, id string, key []byte) error {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != 4 {
		clear(key)
		return errors.New("the BDK id is not 8 hex digits")
	}
	bdk := [4]byte(b)
	_, terminal := r.terminals[bdk]
	_, pin := r.pinPads[bdk]
	if terminal || pin {
		clear(key)
		return errors.New("the BDK id is used twice")
	}
	base := workingkey.NewBase((*[aesKeySize]byte)(key))
	clear(key)
	slot[bdk] = base
	r.erase = append(r.erase, base.Erase)
	return nil
}

func (r *ring) expand(entry element.KeyEntry, key []byte) (err error) {
	switch entry.Slot {
	case element.SlotZonePIN:
		return r.place(&r.zone, openAES, key)
	case element.SlotPANReference:
		return r.place(&r.reference, openAES, key)
	case element.SlotIssuerAC:
		return r.place(&r.issuerAC, openTDES, key)
	case element.SlotIssuerSMI:
		return r.place(&r.scripts, openTDES, key)
	case element.SlotIssuerCVC3:
		return r.place(&r.cvc3, openTDES, key)
	case element.SlotCVK:
		return r.placeValues(key)
	}
	if r.table, err = ibm3624.ParseTable(entry.Decimalisation); err != nil {
		return err
	}
	return r.place(&r.pvk, openTDES, key)
}

func (r *ring) place(seat *cipher.Block, open func(key []byte) (cipher.Block, func()), key []byte) error {
	if *seat != nil {
		return errors.New("the slot is filled twice")
	}
	block, erase := open(key)
	*seat = block
	r.erase = append(r.erase, erase)
	return nil
}

// openAES expands a key for the quickest form of this build.
func openAES(key []byte) (cipher.Block, func()) {
	k := aes256.New(make([]byte, aes256.Room))
	k.Open((*[aes256.KeySize]byte)(key))
	return k, k.Erase
}

func openTDES(key []byte) (cipher.Block, func()) {
	k := new(tdes.Key)
	k.Open((*[tdes.KeySize]byte)(key))
	return k, k.Erase
}

func (r *ring) placeValues(key []byte) error {
	if r.values != nil {
		return errors.New("the slot is filled twice")
	}
	k, erase, err := cvv.Open(key)
	if err != nil {
		return err
	}
	r.values = k
	r.erase = append(r.erase, erase)
	return nil
}
