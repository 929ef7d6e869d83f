package pinblock

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/timing"
)

// A48, A70: how long a block takes to be refused does not tell what is wrong with it,
// nor the length of a PIN how long it takes to be translated.
func TestA70BlocksAreJudgedInOneTime(t *testing.T) {
	from, to := aesBlock(t, make([]byte, 32)), aesBlock(t, append(make([]byte, 31), 1))
	account, ok := panOf4([]byte(testPAN))
	if !ok {
		t.Fatal("the test's own number is none")
	}
	sealed := func(clear ...byte) (out [size4]byte) {
		copy(out[:], clear)
		encipher4(out[:], from, account)
		return out
	}
	dst, pan, block := make([]byte, size4), []byte(testPAN), make([]byte, size4)
	put := func(blocks [2][size4]byte) func(class int) {
		return func(class int) { copy(block, blocks[class][:]) }
	}
	refused := 0
	translate := func() {
		if Refill4(dst, from, to, block, pan, [size4 - clearSize]byte{}) != nil {
			refused++
		}
	}
	malformed := [2][size4]byte{
		sealed(0x34, 0x12, 0x34, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA), // another format
		sealed(0x44, 0x12, 0x34, 0xAA, 0xAA, 0xAA, 0xAA, 0xA1), // a digit at the end of the filler
	}
	if d := timing.Differ(put(malformed), translate); d > timing.Found || refused == 0 {
		t.Errorf("malformed blocks: a statistic of %.1f, %d refused", d, refused)
	}
	refused = 0
	whole := [2][size4]byte{
		sealed(0x44, 0x12, 0x34, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA),
		sealed(0x4C, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0xAA),
	}
	if d := timing.Differ(put(whole), translate); d > timing.Found || refused != 0 {
		t.Errorf("PINs of four and of twelve digits: a statistic of %.1f, %d refused", d, refused)
	}
	field := make([]byte, size4)
	leaky := func() {
		copy(field, block)
		decipher4(field, from, account)
		if field[0]>>4 != 4 {
			return
		}
		for _, b := range field[3:8] {
			if b != 0xAA {
				return
			}
		}
		encipher4(field, to, account)
	}
	if d := timing.Differ(put(malformed), leaky); d < timing.Found {
		t.Errorf("hole: a check that ends early has a statistic of %.1f", d)
	}
}
