package siv_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/element/siv"
)

// hexBytes reads a hex string of a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vector struct {
	Source                 string
	Key, Plaintext, Sealed hexBytes
	Associated             []hexBytes
}

func vectors(tb testing.TB) (out []vector) {
	tb.Helper()
	raw, err := os.ReadFile("testdata/rfc5297.json")
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil || len(out) != 2 {
		tb.Fatal("the vectors are not those of the RFC: ", err)
	}
	return out
}

func open(tb testing.TB, key []byte) *siv.Cipher {
	tb.Helper()
	c, err := siv.New(key)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestTheVectorsOfTheRFCComeOut(t *testing.T) {
	for _, v := range vectors(t) {
		c := open(t, v.Key)
		var ad [][]byte
		for _, a := range v.Associated {
			ad = append(ad, a)
		}
		if got := c.Seal(nil, v.Plaintext, ad...); !bytes.Equal(got, v.Sealed) {
			t.Errorf("%s: sealed as %x", v.Source, got)
		}
		if got, err := c.Open(nil, v.Sealed, ad...); err != nil || !bytes.Equal(got, v.Plaintext) {
			t.Errorf("%s: opened as %x, %v", v.Source, got, err)
		}
	}
}

// oracle is SIV as the RFC writes it, on this project's CMAC and the library's CTR.
func oracle(tb testing.TB, key, plaintext []byte, associated ...[]byte) []byte {
	tb.Helper()
	mac, err := aes.NewCipher(key[:len(key)/2])
	if err != nil {
		tb.Fatal(err)
	}
	ctr, err := aes.NewCipher(key[len(key)/2:])
	if err != nil {
		tb.Fatal(err)
	}
	d := cmac.Sum(nil, mac, make([]byte, 16))
	for _, a := range associated {
		dbl(d)
		subtle.XORBytes(d, d, cmac.Sum(nil, mac, a))
	}
	t := bytes.Clone(plaintext)
	if len(t) < 16 {
		dbl(d)
		t = append(append(t, 0x80), make([]byte, 15-len(plaintext))...)
	}
	end := t[len(t)-16:]
	subtle.XORBytes(end, end, d)
	v := cmac.Sum(nil, mac, t)
	q := bytes.Clone(v)
	q[8] &= 0x7f
	q[12] &= 0x7f
	out := append(v, plaintext...)
	cipher.NewCTR(ctr, q).XORKeyStream(out[16:], out[16:])
	return out
}

func dbl(b []byte) {
	carry := b[0] >> 7
	for i := range 15 {
		b[i] = b[i]<<1 | b[i+1]>>7
	}
	b[15] = b[15]<<1 ^ carry*0x87
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestEveryLengthAgreesWithTheRFCWrittenOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{siv.KeySize, siv.KeySize128} {
		for n := range 100 {
			key, text, a, b := random(r, size), random(r, n), random(r, n/2), random(r, 40)
			c := open(t, key)
			want := oracle(t, key, text, a, b)
			if got := c.Seal(nil, text, a, b); !bytes.Equal(got, want) {
				t.Fatalf("%d bytes under %d: %x, the RFC says %x", n, size, got, want)
			}
			if got, err := c.Open([]byte("before"), want, a, b); err != nil || string(got) != "before"+string(text) {
				t.Fatalf("%d bytes under %d: %v", n, size, err)
			}
		}
	}
}

func TestACounterThatRunsOverIsThatOfTheRFC(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	key, text := random(r, 64), random(r, 70000)
	if !bytes.Equal(open(t, key).Seal(nil, text), oracle(t, key, text)) {
		t.Error("a long message differs")
	}
}

func TestNothingChangedOpens(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	c := open(t, random(r, siv.KeySize))
	ad, text := random(r, 40), random(r, 37)
	sealed := c.Seal(nil, text, ad)
	for i := range 8 * len(sealed) {
		wrong := bytes.Clone(sealed)
		wrong[i/8] ^= 1 << (i % 8)
		got, err := c.Open(nil, wrong, ad)
		if !errors.Is(err, siv.ErrOpen) || len(got) != 0 {
			t.Fatalf("bit %d of the sealed: opened", i)
		}
	}
	for i := range 8 * len(ad) {
		wrong := bytes.Clone(ad)
		wrong[i/8] ^= 1 << (i % 8)
		if _, err := c.Open(nil, sealed, wrong); !errors.Is(err, siv.ErrOpen) {
			t.Fatalf("bit %d of the associated data: opened", i)
		}
	}
	for n := range sealed {
		if _, err := c.Open(nil, sealed[:n], ad); !errors.Is(err, siv.ErrOpen) {
			t.Fatalf("cut to %d: opened", n)
		}
	}
	for name, associated := range map[string][][]byte{
		"none": {}, "split": {ad[:20], ad[20:]}, "one more": {ad, nil}, "longer": {append(bytes.Clone(ad), 0)},
	} {
		if _, err := c.Open(nil, sealed, associated...); !errors.Is(err, siv.ErrOpen) {
			t.Errorf("associated data %s: opened", name)
		}
	}
}

func TestARefusedPlaintextIsGone(t *testing.T) {
	c := open(t, make([]byte, siv.KeySize))
	sealed := c.Seal(nil, []byte("the account of a card"))
	sealed[0] ^= 1
	room := make([]byte, 64)
	if out, err := c.Open(room[:0], sealed); err == nil || len(out) != 0 || !bytes.Equal(room, make([]byte, 64)) {
		t.Error("something was left behind")
	}
}

func TestKeysOfOtherLengthsAreRefused(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33, 48, 63, 65} {
		if _, err := siv.New(make([]byte, n)); err == nil {
			t.Errorf("%d bytes taken", n)
		}
	}
}

func TestTooManyStringsDoNotOpen(t *testing.T) {
	c := open(t, make([]byte, siv.KeySize))
	if _, err := c.Open(nil, make([]byte, 20), make([][]byte, 127)...); !errors.Is(err, siv.ErrOpen) {
		t.Error("opened")
	}
}

func TestSealingAndOpeningAllocateNothing(t *testing.T) {
	c := open(t, make([]byte, siv.KeySize))
	sealed, room := make([]byte, 0, 128), make([]byte, 0, 128)
	if n := testing.AllocsPerRun(200, func() {
		var ad [72]byte
		var text [48]byte
		sealed = c.Seal(sealed[:0], text[:], ad[:])
		if _, err := c.Open(room[:0], sealed, ad[:]); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTheMACIsTheProjectsCMAC(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, size := range []int{16, 32} {
		key := random(r, size)
		m, err := siv.NewMAC(key)
		if err != nil {
			t.Fatal(err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 70 {
			message := random(r, n)
			tag := m.Sum(message)
			if !bytes.Equal(tag[:], cmac.Sum(nil, block, message)) || !m.Verify(&tag, message) {
				t.Fatalf("%d bytes", n)
			}
			if tag[n%16] ^= 1 << (n % 8); m.Verify(&tag, message) {
				t.Fatalf("%d bytes: a changed tag verifies", n)
			}
		}
	}
	if _, err := siv.NewMAC(make([]byte, 20)); err == nil {
		t.Error("a key of another length")
	}
}

func TestManyMayUseOneCipher(t *testing.T) {
	c := open(t, make([]byte, siv.KeySize))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := bytes.Repeat([]byte{byte(i)}, 30+i)
			for range 200 {
				if got, err := c.Open(nil, c.Seal(nil, text, text), text); err != nil || !bytes.Equal(got, text) {
					t.Error("mixed up")
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzOnlyWhatWasSealedOpens(f *testing.F) {
	f.Add([]byte("some twenty-odd bytes of text"), []byte("ad"), []byte("other"))
	f.Add([]byte{}, []byte{}, []byte{})
	key := bytes.Repeat([]byte{7}, siv.KeySize)
	c := open(f, key)
	f.Fuzz(func(t *testing.T, text, ad, other []byte) {
		sealed := c.Seal(nil, text, ad)
		if !bytes.Equal(sealed, oracle(t, key, text, ad)) {
			t.Fatal("the RFC says otherwise")
		}
		if got, err := c.Open(nil, sealed, ad); err != nil || !bytes.Equal(got, text) {
			t.Fatal("does not open")
		}
		if _, err := c.Open(nil, other, ad); err == nil && !bytes.Equal(other, sealed) {
			t.Fatal("a forgery opens")
		}
		if _, err := c.Open(nil, sealed, other); err == nil && !bytes.Equal(other, ad) {
			t.Fatal("opens under other data")
		}
	})
}

func BenchmarkSeal48(b *testing.B) {
	c := open(b, make([]byte, siv.KeySize))
	out, text, ad := make([]byte, 0, 128), make([]byte, 48), make([]byte, 72)
	b.ReportAllocs()
	for b.Loop() {
		out = c.Seal(out[:0], text, ad)
	}
}
