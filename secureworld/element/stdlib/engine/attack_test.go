package engine

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"maps"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// forged is a block of format 4 (ISO 9564-1) with any plain text field.
func forged(b cipher.Block, field [16]byte) (out element.PINBlock) {
	panField := [16]byte{0x44, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x10} // 16 digits: their number less 12 comes first
	b.Encrypt(out[:], field[:])
	for i := range out {
		out[i] ^= panField[i]
	}
	b.Encrypt(out[:], out[:])
	return out
}

// words are how often each answer came.
func words(t *testing.T, w *world, translate func(element.TranslatePIN, *element.Chance) (element.Translated, error)) map[element.Code]int {
	t.Helper()
	fields := [][16]byte{}
	for control := range byte(16) {
		for length := range byte(16) {
			f := [16]byte{control<<4 | length, 0x12, 0x34, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 1, 2, 3, 4, 5, 6, 7, 8}
			if control != 4 || length != 4 {
				fields = append(fields, f)
			}
		}
	}
	for at := 1; at < 8; at++ { // a digit that is none, a filler that is a digit
		f := [16]byte{0x44, 0x12, 0x34, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA}
		f[at] ^= 0xF0
		fields = append(fields, f)
	}
	d := device(t, w.pin, pinID)
	said := map[element.Code]int{}
	for _, f := range fields {
		ksn, b := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
		out, err := translate(element.TranslatePIN{KSN: ksn, Block: forged(b, f), PAN: []byte(pan)}, &element.Chance{})
		var code element.Code
		if errors.As(err, &code); out.Block != (element.PINBlock{}) {
			t.Errorf("%X was translated", f)
		}
		said[code]++
	}
	return said
}

// A48: whoever sends blocks of his own making learns one word from all of them.
func TestA48ATranslationSaysOneWordWhateverIsWrongWithABlock(t *testing.T) {
	w := newWorld(t)
	if said := words(t, w, w.ops.TranslatePIN); len(said) != 1 || said[element.CodePIN] == 0 {
		t.Errorf("%v", said)
	}
	d := device(t, w.pin, pinID)
	ksn, b := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
	twin := forged(b, [16]byte{0x44, 0x12, 0x34, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 1, 2, 3, 4, 5, 6, 7, 8})
	if _, err := w.ops.TranslatePIN(element.TranslatePIN{KSN: ksn, Block: twin, PAN: []byte(pan)}, &element.Chance{}); err != nil {
		t.Errorf("twin: %v", err)
	}
	telling := func(r element.TranslatePIN, c *element.Chance) (element.Translated, error) {
		out, err := w.ops.TranslatePIN(r, c)
		if err != nil && r.Block[0]&1 == 0 {
			err = element.CodeMalformed
		}
		return out, err
	}
	if said := words(t, w, telling); len(said) != 2 {
		t.Errorf("hole: two words were not told apart: %v", said)
	}
}

// accepted are the answers to one block under each number that differs in one digit of
// those that format 0 mixes with the PIN.
func accepted(try func(pan []byte) bool) (answers map[string]bool) {
	answers = map[string]bool{}
	for at := 3; at < 15; at++ {
		for digit := byte('0'); digit <= '9'; digit++ {
			other := []byte(pan)
			if other[at] != digit {
				other[at] = digit
				answers[string(other)] = try(other)
			}
		}
	}
	return answers
}

// A48, format confusion: under format 0 the answers about other numbers tell the digits
// of the PIN. Under format 4 they tell nothing, and no other format is taken.
func TestA48OtherNumbersTellNothingOfAPIN(t *testing.T) {
	w := newWorld(t)
	d := device(t, w.pin, pinID)
	told := 0
	for range 3 {
		ksn, b := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
		block := pinBlock(t, b, "1234")
		for _, yes := range accepted(func(other []byte) bool {
			_, err := w.ops.TranslatePIN(element.TranslatePIN{KSN: ksn, Block: block, PAN: other}, &element.Chance{})
			return err == nil
		}) {
			if yes {
				told++
			}
		}
	}
	if told > 2 { // a field that is random fits by chance, in one of some ten thousand
		t.Errorf("%d blocks were translated under another number", told)
	}
	ksn, b := next(t, d, (*dukpt.Transaction).PINEncryptionKey)
	old := make([]byte, 8)
	if err := pinblock.EncodeFormat0(old, []byte("1234"), []byte(pan)); err != nil {
		t.Fatal(err)
	}
	var both element.PINBlock
	copy(both[:], bytes.Repeat(old, 2))
	b.Encrypt(both[:], both[:])
	if _, err := w.ops.TranslatePIN(element.TranslatePIN{KSN: ksn, Block: both, PAN: []byte(pan)}, &element.Chance{}); !errors.Is(err, element.CodePIN) {
		t.Errorf("a block of format 0: %v", err)
	}
	pattern := func(pin string) map[string]bool {
		block := make([]byte, 8)
		if err := pinblock.EncodeFormat0(block, []byte(pin), []byte(pan)); err != nil {
			t.Fatal(err)
		}
		return accepted(func(other []byte) bool {
			_, err := pinblock.DecodeFormat0(make([]byte, 12), block, other)
			return err == nil
		})
	}
	if maps.Equal(pattern("1234"), pattern("1298")) {
		t.Error("hole: format 0 does not tell two PINs apart")
	}
}
