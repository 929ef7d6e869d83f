package conformance

import (
	"crypto/aes"
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/ibm3624"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// pin has 4 to 12 digits.
func (s *source) pin() []byte { return s.digits(4 + s.IntN(9)) }

// format4 makes the block of a PIN, or of a field that is wrong in one nibble
// under its two encipherments.
func (s *source) format4(b cipher.Block, pin, pan []byte) element.PINBlock {
	field := s.field4(pin)
	if s.oneIn(6) {
		field[s.IntN(8)] ^= byte(1+s.IntN(15)) << (4 * s.IntN(2))
	}
	return encipher4(b, field, pan)
}

// seal4 makes the block of a PIN.
func (w *World) seal4(b cipher.Block, pin, pan []byte) element.PINBlock {
	return encipher4(b, w.random.field4(pin), pan)
}

func (s *source) field4(pin []byte) (block element.PINBlock) {
	block[0] = 4<<4 | byte(len(pin))
	for i := range 14 {
		v := byte(0xA)
		if i < len(pin) {
			v = pin[i] - '0'
		}
		block[1+i/2] |= v << (4 * (1 - i%2))
	}
	copy(block[8:], s.bytes(8))
	return block
}

func encipher4(b cipher.Block, block element.PINBlock, pan []byte) element.PINBlock {
	b.Encrypt(block[:], block[:])
	for i, v := range panField(pan) {
		block[i] ^= v
	}
	b.Encrypt(block[:], block[:])
	return block
}

// panField: length over 12, digits, zeros.
func panField(pan []byte) (field [16]byte) {
	padded := append([]byte("000000000000")[min(len(pan), 12):], pan...)
	field[0] = byte(len(padded)-12) << 4
	for i, c := range padded {
		field[(1+i)/2] |= (c - '0') << (4 * (1 - (1+i)%2))
	}
	return field
}

func (w *World) translatePIN() any {
	r := element.TranslatePIN{KSN: w.random.ksn(pinPadID), PAN: w.random.pan()}
	b := w.working(element.SlotPINBDK, r.KSN, (*dukpt.Transaction).PINEncryptionKey)
	r.Block = w.random.format4(b, w.random.pin(), r.PAN)
	return r
}

func (w *World) zone() cipher.Block {
	b, err := aes.NewCipher(w.keys[element.SlotZonePIN])
	if err != nil {
		panic("conformance: " + err.Error())
	}
	return b
}

func (w *World) pinOffset() any {
	pan := w.random.pan()
	return element.PINOffset{Block: w.random.format4(w.zone(), w.random.pin(), pan), PAN: pan}
}

func (w *World) verifyPIN() any {
	pan, pin := w.random.pan(), w.random.pin()
	r := element.VerifyPIN{Block: w.random.format4(w.zone(), pin, pan), PAN: pan, Offset: w.offset(pan, pin)}
	switch w.random.IntN(10) {
	case 0:
		r.Offset = r.Offset[:w.random.IntN(len(r.Offset)+1)]
	case 1:
		r.Offset = w.random.digits(w.random.IntN(13))
	}
	return r
}

// offset is the reference of a PIN, or any where there is none.
func (w *World) offset(pan, pin []byte) []byte {
	pvk, erase, err := schedule.NewTDES(w.keys[element.SlotPVK], nil)
	if err != nil {
		panic("conformance: " + err.Error())
	}
	defer erase()
	t, err := ibm3624.ParseTable(table)
	if err != nil {
		panic("conformance: " + err.Error())
	}
	out := make([]byte, ibm3624.MaxPIN)
	n, err := ibm3624.Offset(out, pvk, t, pan, pin)
	if err != nil {
		n = len(pin)
	}
	return out[:n]
}
