package conformance

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Kinds are the verbs that questions are made of.
func Kinds() []element.Kind {
	out := make([]element.Kind, 0, element.KindOpenAccountUnder)
	for k := element.KindStatus; k <= element.KindOpenAccountUnder; k++ {
		out = append(out, k)
	}
	return out
}

// Questions makes n questions of one verb: most are right, the others broken in
// their fields or in their bytes. The world must have every key.
func (w *World) Questions(kind element.Kind, n int) ([]Question, error) {
	ask, ok := w.askers()[kind]
	if !ok {
		return nil, fmt.Errorf("conformance: no verb %02X", kind)
	}
	out := make([]Question, n)
	for i := range out {
		body, err := frame.Append(nil, ask())
		if err != nil {
			return nil, err
		}
		if w.random.oneIn(4) {
			body = w.random.damage(body)
		}
		out[i] = Question{Kind: kind, Body: body, Chance: element.Chance(w.random.bytes(32))}
	}
	return out, nil
}

func (w *World) askers() map[element.Kind]func() any {
	return map[element.Kind]func() any{
		element.KindStatus:       func() any { return element.Status{} },
		element.KindOpenAccount:  w.openAccount,
		element.KindMACVerify:    w.macVerify,
		element.KindMACGenerate:  w.macGenerate,
		element.KindTranslatePIN: w.translatePIN,
		element.KindVerifyPIN:    w.verifyPIN,
		element.KindVerifyARQC:   w.verifyARQC,
		element.KindPINOffset:    w.pinOffset,
		element.KindPANReference: w.panReference,
		element.KindVerifyCVV:    w.verifyCVV,
		element.KindVerifyCVC3:   w.verifyCVC3,
		element.KindScriptMAC:    w.scriptMAC,

		element.KindLoadKeyBlock:      w.loadKeyBlock,
		element.KindDerive:            w.derive,
		element.KindTranslatePINUnder: w.translatePINUnder,
		element.KindOpenAccountUnder:  w.openAccountUnder,
	}
}

// damage changes a bit or a byte, or the length.
func (s *source) damage(body []byte) []byte {
	if len(body) == 0 || s.oneIn(8) {
		return append(body, s.bytes(1+s.IntN(3))...)
	}
	at := s.IntN(len(body))
	switch s.IntN(8) {
	case 0:
		return body[:at]
	case 1:
		body[at] = byte(s.IntN(256))
	default:
		body[at] ^= 1 << s.IntN(8)
	}
	return body
}

// pan is mostly one of a published test range.
func (s *source) pan() []byte {
	pan := append([]byte([]string{"476173", "541333"}[s.IntN(2)]), s.digits(13)...)
	switch s.IntN(12) {
	case 0:
		return pan[:s.IntN(len(pan)+1)]
	case 1:
		return pan[:12+s.IntN(8)]
	}
	return pan[:16]
}

// ksn is one of the terminal's or the PIN pad's key, now and then of the wrong
// one, of none, or with a counter that no transaction has.
func (s *source) ksn(id string) (k element.KSN) {
	if s.oneIn(16) {
		id = []string{terminalID, pinPadID, "55556666"}[s.IntN(3)]
	}
	_, _ = hex.Decode(k[:4], []byte(id))
	copy(k[4:8], s.bytes(4))
	binary.BigEndian.PutUint32(k[8:], s.counter())
	return k
}

func (s *source) counter() (c uint32) {
	bits := 1 + s.IntN(16)
	if s.oneIn(16) {
		bits = []int{0, 17, 32}[s.IntN(3)]
	}
	for _, bit := range s.Perm(32)[:bits] {
		c |= 1 << bit
	}
	return c
}

// working is what the sender of a KSN works with: any key where it cannot be.
func (w *World) working(slot element.Slot, ksn element.KSN, derive func(*dukpt.Transaction, []byte, dukpt.KeyType) error) cipher.Block {
	return workingKey(w.keys[slot], ksn, derive)
}

func workingKey(bdk []byte, ksn element.KSN, derive func(*dukpt.Transaction, []byte, dukpt.KeyType) error) cipher.Block {
	key, initial := make([]byte, 32), make([]byte, 32)
	if receiver.InitialKey(initial, bdk, dukpt.AES256, [8]byte(ksn[:8])) == nil {
		t, err := receiver.Transaction(initial, dukpt.AES256, dukpt.KSN(ksn), make([]byte, dukpt.RoomTransaction))
		if err == nil {
			_ = derive(t, key, dukpt.AES256) // else zeros, which are refused
		}
	}
	b, err := aes.NewCipher(key)
	if err != nil {
		panic("conformance: " + err.Error())
	}
	return b
}
