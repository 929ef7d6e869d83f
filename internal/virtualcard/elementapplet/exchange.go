package elementapplet

import (
	"bytes"
	"encoding/hex"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// Kinds of keys that come along with a question.
const (
	aBase = "B0X"
	aZone = "P0"
)

// open opens a block under a key-exchange key by the rules of package element, for one
// of the uses or, with "", for either. id is that of a base derivation key.
func (c *Card) open(kek *key, block []byte, use string) (k *key, h keyblock.Header, id [4]byte, err error) {
	k = new(key)
	h, n, err := keyblock.Unwrap(kek[:], block, k[:])
	if err == nil && n == keySize && h.Algorithm == 'A' && h.Exportability != 'S' {
		switch h.Usage + string(h.Mode) {
		case "P0B", "P0E":
			if use != aBase {
				return k, h, id, nil
			}
		case aBase:
			if use != aZone && readBase(&id, h.Optional) && !c.owns(id) {
				return k, h, id, nil
			}
		}
	}
	clear(k[:])
	return nil, h, id, element.CodeSeal
}

// readBase takes the id out of the optional block BI, which says AES DUKPT with 01.
func readBase(id *[4]byte, optional []keyblock.OptionalBlock) bool {
	for _, o := range optional {
		if o.ID == "BI" {
			b, err := hex.DecodeString(o.Data)
			if err != nil || len(b) != 5 || b[0] != 1 || string(bytes.ToUpper([]byte(o.Data))) != o.Data {
				return false
			}
			*id = [4]byte(b[1:])
			return true
		}
	}
	return false
}

func (c *Card) owns(id [4]byte) bool {
	return c.keys[name{element.SlotTerminalBDK, id}] != nil || c.keys[name{element.SlotPINBDK, id}] != nil
}

func (c *Card) exchange(id element.KEKID) (*key, error) {
	if k := c.keys[name{element.SlotKeyExchange, id}]; k != nil {
		return k, nil
	}
	return nil, element.CodeKey
}

func checkValue(k *key) element.CheckValue {
	tag := cmac(k, make([]byte, blockSize))
	return element.CheckValue(tag[:])
}

// LoadKeyBlock tells what a key block is.
func (e verbs) LoadKeyBlock(r element.LoadKeyBlock) (l element.LoadedKey, err error) {
	time.Sleep(e.card.pace.Plain)
	kek, err := e.card.exchange(r.KEK)
	if err != nil {
		return l, err
	}
	k, h, _, err := e.card.open(kek, r.Block, "")
	if err != nil {
		return l, err
	}
	defer clear(k[:])
	return element.LoadedKey{Usage: [2]byte([]byte(h.Usage)), Mode: h.Mode, Check: checkValue(k)}, nil
}

// base calls use with the base derivation key of an id: one that came along, or the
// card's own of one of the slots.
func (e verbs) base(kek *key, block []byte, id [4]byte, slots []element.Slot, use func(*key) error) error {
	for _, slot := range slots {
		if k := e.card.keys[name{slot, id}]; k != nil && len(block) == 0 {
			return use(k)
		}
	}
	if len(block) == 0 {
		return use(nil)
	}
	k, _, has, err := e.card.open(kek, block, aBase)
	if err != nil {
		return err
	}
	defer clear(k[:])
	if has != id {
		return use(nil)
	}
	return use(k)
}

// Derive makes the initial key of a device and gives it out as a block alone.
func (e verbs) Derive(r element.Derive, chance *element.Chance) (d element.DerivedKey, err error) {
	time.Sleep(e.card.pace.Plain)
	kek, err := e.card.exchange(r.KEK)
	if err != nil {
		return d, err
	}
	own := []element.Slot{element.SlotTerminalBDK, element.SlotPINBDK}
	err = e.base(kek, r.Base, [4]byte(r.ID[:4]), own, func(bdk *key) error {
		if bdk == nil {
			return element.CodeKey
		}
		k := child(bdk, usageInitial, r.ID)
		defer clear(k[:])
		d.Check = checkValue(&k)
		d.Block, err = keyblock.Wrap(kek[:], keyblock.Header{
			Version: 'D', Usage: "B1", Algorithm: 'A', Mode: 'X', KeyVersion: "00", Exportability: 'N',
			Optional: []keyblock.OptionalBlock{{ID: "IK", Data: string(bytes.ToUpper(hex.AppendEncode(nil, r.ID[:])))}},
		}, k[:], bytes.NewReader(chance[:]))
		return err
	})
	return d, err
}

// TranslatePINUnder is TranslatePIN between keys of which one or both came along.
func (e verbs) TranslatePINUnder(r element.TranslatePINUnder, chance *element.Chance) (t element.Translated, err error) {
	time.Sleep(e.card.pace.Walk)
	if len(r.Base)+len(r.Zone) == 0 {
		return t, element.CodeMalformed
	}
	kek, err := e.card.exchange(r.KEK)
	if err != nil {
		return t, err
	}
	err = e.base(kek, r.Base, [4]byte(r.KSN[:4]), []element.Slot{element.SlotPINBDK}, func(bdk *key) error {
		zone, done, err := e.zone(kek, r.Zone)
		if err != nil {
			return err
		}
		defer done()
		return walked(bdk, r.KSN, usagePIN, func(k *key) error {
			t.Block, err = translateUnder(k, zone, r.Block, r.PAN, chance)
			return err
		})
	})
	return t, err
}

// zone is the zone's key that came along, or the card's own.
func (e verbs) zone(kek *key, block []byte) (k *key, done func(), err error) {
	if len(block) == 0 {
		if k = e.card.keys[name{slot: element.SlotZonePIN}]; k == nil {
			return nil, nil, element.CodeKey
		}
		return k, func() {}, nil
	}
	if k, _, _, err = e.card.open(kek, block, aZone); err != nil {
		return nil, nil, err
	}
	return k, func() { clear(k[:]) }, nil
}

// walked calls use with the working key of a KSN.
func walked(bdk *key, ksn element.KSN, usage uint16, use func(*key) error) error {
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

// OpenAccountUnder is OpenAccount under a base derivation key that came along.
func (e verbs) OpenAccountUnder(r element.OpenAccountUnder) (a element.Account, err error) {
	time.Sleep(e.card.pace.Walk)
	if len(r.Base) == 0 {
		return a, element.CodeMalformed
	}
	kek, err := e.card.exchange(r.KEK)
	if err != nil {
		return a, err
	}
	err = e.base(kek, r.Base, [4]byte(r.KSN[:4]), nil, func(bdk *key) error {
		return walked(bdk, r.KSN, usageData, func(k *key) error {
			a.Data, err = openSealed(k, r.KSN, r.Sealed)
			return err
		})
	})
	return a, err
}
