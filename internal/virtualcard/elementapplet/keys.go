package elementapplet

import (
	"encoding/hex"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

var (
	errBlock = errors.New("elementapplet: the key block is refused for its slot")
	errFull  = errors.New("elementapplet: the card has no room for another key")
)

// name is what one key is found by.
type name struct {
	slot element.Slot
	bdk  [4]byte // id of base derivation keys, and of key-exchange keys
}

// expectations are the slots that this card has a use for.
func expectations() map[element.Slot]keyblock.Expect {
	return map[element.Slot]keyblock.Expect{
		element.SlotTerminalBDK:  {Usage: "B0", Algorithm: 'A', Mode: 'X'},
		element.SlotPINBDK:       {Usage: "B0", Algorithm: 'A', Mode: 'X'},
		element.SlotZonePIN:      {Usage: "P0", Algorithm: 'A', Mode: 'B'},
		element.SlotPANReference: {Usage: "M6", Algorithm: 'A', Mode: 'C'},
		element.SlotKeyExchange:  {Usage: "K1", Algorithm: 'A', Mode: 'B'},
	}
}

// load takes a key whose block is under the card's protection key. The same name
// again replaces it, so that a program may load at each start; a BDK id that has
// the other purpose is refused, or a terminal's KSN could be used for PINs.
func (c *Card) load(e element.KeyEntry) error {
	expect, ok := expectations()[e.Slot]
	if !ok {
		return element.CodeKey
	}
	n := name{slot: e.Slot}
	if isBDK(e.Slot) || e.Slot == element.SlotKeyExchange {
		id, err := hex.DecodeString(e.BDKID + e.KEKID)
		if err != nil || len(id) != len(n.bdk) {
			return element.CodeMalformed
		}
		n.bdk = [4]byte(id)
	}
	if c.keys[name{other(e.Slot), n.bdk}] != nil && isBDK(e.Slot) {
		return element.CodeKey
	}
	k := new(key)
	if _, size, err := keyblock.UnwrapAs(c.kbpk[:], []byte(e.Block), k[:], expect); err != nil || size != keySize {
		clear(k[:])
		return errors.Join(element.CodeSeal, errBlock)
	}
	return c.keep(n, k)
}

func (c *Card) keep(n name, k *key) error {
	old := c.keys[n]
	if old == nil && len(c.keys) == maxKeys {
		clear(k[:])
		return errFull
	}
	if old != nil {
		clear(old[:])
	}
	c.keys[n] = k
	return nil
}

func isBDK(s element.Slot) bool { return s == element.SlotTerminalBDK || s == element.SlotPINBDK }

// other is the other purpose of a base derivation key.
func other(s element.Slot) element.Slot {
	if s == element.SlotPINBDK {
		return element.SlotTerminalBDK
	}
	return element.SlotPINBDK
}

// derived calls use with the working key of a KSN.
func (c *Card) derived(slot element.Slot, ksn element.KSN, usage uint16, use func(*key) error) error {
	bdk := c.keys[name{slot, [4]byte(ksn[:4])}]
	if bdk == nil {
		return element.CodeKey
	}
	k, ok := workingKey(bdk, ksn, usage)
	if !ok {
		return element.CodeKey
	}
	defer clear(k[:])
	return use(&k)
}
