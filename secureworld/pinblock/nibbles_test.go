package pinblock

import (
	"math/rand/v2"
	"testing"
)

// oneByOne is what check does, a nibble after the other.
func oneByOne(f form, field []byte) (n, ok int) {
	n = int(field[0] & 0xF)
	if field[0]>>4 != f.control || n < minPIN || n > maxPIN {
		return n, 0
	}
	for i := range pinNibbles {
		v := nibble(field, 2+i)
		if i < n && v > 9 || i >= n && (v < f.fillLow || v > f.fillHigh) {
			return n, 0
		}
	}
	return n, 1
}

func TestAllNibblesAtOnceAreCheckedAsOneByOne(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, f := range []form{format0, format1, format2, format3, format4} {
		good := 0
		for range 200_000 {
			field := [clearSize]byte{f.control<<4 | byte(r.UintN(16))}
			for i := range pinNibbles {
				v := byte(r.UintN(10))
				if i >= int(field[0]&0xF) {
					v = f.fillLow + byte(r.UintN(uint(f.fillHigh-f.fillLow)+1))
				}
				xorNibble(field[:], 2+i, v)
			}
			if r.UintN(2) == 0 { // one nibble of any value, control and length too
				xorNibble(field[:], int(r.UintN(16)), byte(r.UintN(16)))
			}
			wantN, want := oneByOne(f, field[:])
			if n, ok := f.check(field[:]); n != wantN || ok != want {
				t.Fatalf("form %d: %X gives %d, %d", f.control, field, n, ok)
			}
			good += want
		}
		if good == 0 || good == 200_000 {
			t.Errorf("form %d: %d were well formed", f.control, good)
		}
	}
}

func TestWhatIsNoDigitIsNoPAN(t *testing.T) {
	for length := 1; length <= maxPAN; length++ {
		for at := range length {
			for c := range 256 {
				pan := make([]byte, length)
				for i := range pan {
					pan[i] = '0' + byte(i%10)
				}
				pan[at] = byte(c)
				if _, ok := panOf4(pan); ok != (c >= '0' && c <= '9') {
					t.Fatalf("%d of %d bytes, %#x: %v", at, length, c, ok)
				}
			}
		}
	}
	for _, pan := range [][]byte{nil, make([]byte, maxPAN+1)} {
		if _, ok := panOf4(pan); ok {
			t.Errorf("%d bytes are taken", len(pan))
		}
	}
}
