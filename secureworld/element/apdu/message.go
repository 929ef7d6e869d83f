package apdu

import "github.com/strongroom-pos/strongroom/secureworld/element"

// Classes and instructions beside the verbs.
const (
	claISO      byte = 0x00
	claElement  byte = 0x80
	insSelect   byte = 0xA4
	insResponse byte = 0xC0
	insLoad     byte = 0xD8

	selectByName byte = 0x04 // P1 of SELECT
	partMore     byte = 0x00 // P1 of the others
	partLast     byte = 0x80
)

// AID is the applet's name: the category of names that nobody registers, then
// "STRONGROOM" and the version.
func AID() []byte { return append(append([]byte{0xF0}, "STRONGROOM"...), 1) }

// Selected answers SELECT.
type Selected struct {
	Language uint16 // element.LanguageVersion
	Verbs    uint32 // bit n: verb n is offered
}

// Offers tells whether a verb is offered.
func (s Selected) Offers(verb element.Kind) bool { return verb < 32 && s.Verbs>>verb&1 == 1 }

// Load gives the card a key.
type Load struct {
	Slot  []byte `max:"16"` // of element.Slot
	ID    []byte `max:"8"`  // hex digits; of base derivation keys and key-exchange keys
	Block []byte `max:"512"`
}

// LoadOf is the message for an entry of a key file.
func LoadOf(e element.KeyEntry) Load {
	return Load{Slot: []byte(e.Slot), ID: []byte(e.BDKID + e.KEKID), Block: []byte(e.Block)}
}

// Entry is the entry that was sent.
func (l Load) Entry() element.KeyEntry {
	e := element.KeyEntry{Slot: element.Slot(l.Slot), Block: string(l.Block)}
	if e.Slot == element.SlotKeyExchange {
		e.KEKID = string(l.ID)
	} else {
		e.BDKID = string(l.ID)
	}
	return e
}

// hasChance tells which verbs are asked with a chance.
func hasChance(verb byte) bool {
	return verb == element.KindTranslatePIN || verb == element.KindDerive || verb == element.KindTranslatePINUnder
}
