package conformance

import (
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// guests are keys that come along with questions, as key blocks.
type guests struct{ base, zone []byte }

// kek is mostly that of the file.
func (w *World) kek() (id element.KEKID) {
	s := exchangeID
	if w.random.oneIn(30) {
		s = w.random.one("00000000", "55550002", terminalID)
	}
	_, _ = hex.Decode(id[:], []byte(s))
	return id
}

// BaseBlock is a right block of the base derivation key that comes along; its KSNs
// begin with GuestID.
func (w *World) BaseBlock() []byte {
	return w.guestBlock("B0AX", "N", biOf(guestID), w.guests.base, false)
}

// ZoneBlock is a right block of the zone's key that comes along.
func (w *World) ZoneBlock() []byte { return w.guestBlock("P0AE", "N", "", w.guests.zone, false) }

// KEK is the id of the world's key-exchange key.
func (w *World) KEK() (id element.KEKID) {
	_, _ = hex.Decode(id[:], []byte(exchangeID))
	return id
}

func biOf(id string) string { return "BI0E01" + id }

// guestBlock pads the optional blocks, which it counts by their heads.
func (w *World) guestBlock(head, exportability, optional string, key []byte, wrong bool) []byte {
	count := strings.Count(optional, "BI0") + strings.Count(optional, "KC0")
	if rest := len(optional) % 16; rest != 0 {
		optional += fmt.Sprintf("PB%02X%s", 4+(28-rest)%16, strings.Repeat("0", (28-rest)%16))
		count++
	}
	fixed := fmt.Sprintf("%s00%s%02d00", head, exportability, count)
	return []byte(w.wrapUnder(w.keys[element.SlotKeyExchange], fixed, optional, key, wrong))
}

// baseBlock is right, or wrong in one thing although its MAC is right.
func (w *World) baseBlock() []byte {
	s := w.random
	head, exportability, optional, key := "B0AX", s.one("N", "E"), biOf(guestID), w.guests.base
	switch s.IntN(32) {
	case 0:
		head = s.one("B0AN", "B0AB", "B1AX", "P0AB", "K1AB", "B0TX", "00AX")
	case 1:
		exportability = s.one("S", "X")
	case 2:
		optional = s.one("", biOf(terminalID), biOf(pinPadID), biOf("7777abcd"), "BI0E00"+guestID, "BI0C017777AB", "BI1001"+guestID+"00", "BI0401", biOf(guestID)+biOf(guestID))
	case 3:
		key = key[:s.IntN(3)*8]
	}
	if s.oneIn(6) && len(key) == 32 {
		optional += "KC1001" + fmt.Sprintf("%X", macOfZero(key, 'A')[:5])
	}
	return w.spoilt(w.guestBlock(head, exportability, optional, key, s.oneIn(25)))
}

// zoneBlock is so, too.
func (w *World) zoneBlock() []byte {
	s := w.random
	head, exportability, optional, key := s.one("P0AE", "P0AB"), s.one("N", "E"), "", w.guests.zone
	switch s.IntN(32) {
	case 0:
		head = s.one("P0AD", "P0AN", "P1AE", "B0AX", "P0TE", "M6AC")
	case 1:
		exportability = s.one("S", "X")
	case 2:
		key = key[:s.IntN(4)*8]
	}
	if s.oneIn(6) && len(key) == 32 {
		optional += "KC1001" + fmt.Sprintf("%X", macOfZero(key, 'A')[:5])
	}
	return w.spoilt(w.guestBlock(head, exportability, optional, key, s.oneIn(25)))
}

// spoilt changes a block now and then.
func (w *World) spoilt(block []byte) []byte {
	switch w.random.IntN(50) {
	case 0:
		return w.random.damage(block)
	case 1:
		return []byte(strings.ToLower(string(block)))
	}
	return block
}

func (w *World) loadKeyBlock() any {
	r := element.LoadKeyBlock{KEK: w.kek()}
	if w.random.oneIn(2) {
		r.Block = w.baseBlock()
	} else {
		r.Block = w.zoneBlock()
	}
	return r
}

func (w *World) derive() any {
	s := w.random
	r := element.Derive{KEK: w.kek()}
	id := s.one(terminalID, pinPadID)
	if s.oneIn(2) {
		r.Base, id = w.baseBlock(), guestID
	}
	if s.oneIn(16) {
		id = s.one(terminalID, guestID, "99999999")
	}
	_, _ = hex.Decode(r.ID[:4], []byte(id))
	copy(r.ID[4:], s.bytes(4))
	return r
}

func (w *World) translatePINUnder() any {
	s := w.random
	r := element.TranslatePINUnder{KEK: w.kek(), PAN: s.pan(), KSN: s.ksn(pinPadID)}
	bdk, kind := w.keys[element.SlotPINBDK], s.IntN(12)
	if kind < 8 { // zone or both
		r.Zone = w.zoneBlock()
	}
	if kind > 3 && kind < 11 { // base or both
		r.Base, r.KSN, bdk = w.baseBlock(), s.ksn(guestID), w.guests.base
	}
	r.Block = s.format4(workingKey(bdk, r.KSN, (*dukpt.Transaction).PINEncryptionKey), s.pin(), r.PAN)
	return r
}

func (w *World) openAccountUnder() any {
	r := element.OpenAccountUnder{KEK: w.kek(), Base: w.baseBlock(), KSN: w.random.ksn(guestID)}
	if w.random.oneIn(30) {
		r.Base = nil
	}
	gcm, err := cipher.NewGCM(workingKey(w.guests.base, r.KSN, (*dukpt.Transaction).DataEncryptionKey))
	if err != nil {
		panic("conformance: " + err.Error())
	}
	r.Sealed = gcm.Seal(nil, make([]byte, 12), w.random.bytes(w.random.IntN(177)), r.KSN[:])
	return r
}

// Guests are the keys that come along in clear, and what the key-exchange key derives
// for its two purposes.
func (w *World) Guests() (base, zone []byte, exchange [2][]byte) {
	kek := w.keys[element.SlotKeyExchange]
	return w.guests.base, w.guests.zone, [2][]byte{derived(kek, 0), derived(kek, 1)}
}

// Exchange is the key-exchange key in clear.
func (w *World) Exchange() []byte { return w.keys[element.SlotKeyExchange] }

// PINQuestion is a right translation of a PIN between keys that come along.
func (w *World) PINQuestion(pin, pan []byte) element.TranslatePINUnder {
	r := element.TranslatePINUnder{KEK: w.KEK(), Base: w.BaseBlock(), Zone: w.ZoneBlock(), PAN: pan}
	_, _ = hex.Decode(r.KSN[:4], []byte(guestID))
	copy(r.KSN[4:8], w.random.bytes(4))
	r.KSN[11] = 1 + byte(w.random.IntN(255))
	r.Block = w.seal4(workingKey(w.guests.base, r.KSN, (*dukpt.Transaction).PINEncryptionKey), pin, pan)
	return r
}

// ZonePIN is the PIN of a block under the zone's key that came along.
func (w *World) ZonePIN(b element.PINBlock, pan []byte) (string, error) {
	pin := make([]byte, 12)
	n, err := pinblock.DecodeFormat4(pin, block(w.guests.zone), b[:], pan)
	return string(pin[:n]), err
}
