package offlinepin

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"testing"
)

// raised is what math/big makes of the same operation.
func raised(value, exponent, modulus []byte) []byte {
	n := new(big.Int).SetBytes(modulus)
	x := new(big.Int).Exp(new(big.Int).SetBytes(value), new(big.Int).SetBytes(exponent), n)
	return x.FillBytes(make([]byte, len(modulus)))
}

func agree(value, exponent, modulus []byte) bool {
	r := new(rooms)
	r.load(modulus)
	r.value.set(value)
	r.raise(exponent)
	return bytes.Equal(r.result(len(modulus)), raised(value, exponent, modulus))
}

func TestTheArithmeticIsThatOfMathBig(t *testing.T) {
	for size := 64; size <= 248; size++ {
		modulus, value := make([]byte, size), make([]byte, size)
		_, _ = rand.Read(modulus)
		_, _ = rand.Read(value)
		modulus[0] |= 0x80
		modulus[size-1] |= 1
		value[0] &= 0x7F
		for _, e := range [][]byte{{3}, {1, 0, 1}} {
			if !agree(value, e, modulus) {
				t.Errorf("%X to %X modulo %X", value, e, modulus)
			}
		}
	}
}

func TestTheArithmeticHoldsAtItsEdges(t *testing.T) {
	ones := bytes.Repeat([]byte{0xFF}, 248)
	least := append([]byte{0x80}, make([]byte, 247)...)
	least[247] = 1
	for _, modulus := range [][]byte{ones, least, ones[:64], ones[:65], append(least[:64:64], 1)} {
		below := bytes.Clone(modulus)
		below[len(below)-1]--
		for _, value := range [][]byte{{}, {1}, {2}, below, modulus[1:]} {
			for _, e := range [][]byte{{3}, {1, 0, 1}} {
				if !agree(value, e, modulus) {
					t.Errorf("%X to %X modulo %X", value, e, modulus)
				}
			}
		}
	}
}

func FuzzRaise(f *testing.F) {
	f.Add(bytes.Repeat([]byte{0xFF}, 128), bytes.Repeat([]byte{0xFE}, 128), true)
	f.Add(bytes.Repeat([]byte{0x01}, 65), []byte{0x7F}, false)
	f.Fuzz(func(t *testing.T, modulus, value []byte, three bool) {
		if len(modulus) < 64 || len(modulus) > 248 {
			return
		}
		modulus = bytes.Clone(modulus)
		modulus[0] |= 0x80
		modulus[len(modulus)-1] |= 1
		value = bytes.Clone(value[:min(len(value), len(modulus))])
		if len(value) == len(modulus) {
			value[0] &= 0x7F
		}
		e := []byte{1, 0, 1}
		if three {
			e = []byte{3}
		}
		if !agree(value, e, modulus) {
			t.Errorf("%X to %X modulo %X", value, e, modulus)
		}
	})
}
