package tdes

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"math/rand/v2"
	"testing"
)

// TestTheAnswersArePublished are of NIST SP 800-67's examples for one key (K1 = K2)
// and of the classical worked example of DES.
func TestTheAnswersArePublished(t *testing.T) {
	for _, v := range []struct{ key, plain, cipher string }{
		{"133457799BBCDFF1", "0123456789ABCDEF", "85E813540F0AB405"},
		{"0101010101010101", "8000000000000000", "95F8A5E5DD31D900"},
		{"8001010101010101", "0000000000000000", "95A8D72813DAA94D"},
	} {
		key, plain, want := unhex(v.key), unhex(v.plain), unhex(v.cipher)
		var single, double Key
		single.OpenSingle((*[8]byte)(key))
		double.Open((*[16]byte)(append(bytes.Clone(key), key...)))
		for _, k := range []*Key{&single, &double} {
			got := make([]byte, 8)
			if k.Encrypt(got, plain); !bytes.Equal(got, want) {
				t.Errorf("key %s: enciphered %X", v.key, got)
			}
			if k.Decrypt(got, got); !bytes.Equal(got, plain) {
				t.Errorf("key %s: deciphered %X", v.key, got)
			}
		}
	}
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// agree holds one key and block to the standard library.
func agree(t *testing.T, key [KeySize]byte, block [BlockSize]byte) {
	t.Helper()
	std3, err3 := des.NewTripleDESCipher(append(key[:], key[:8]...))
	std1, err1 := des.NewCipher(key[:8])
	if err1 != nil || err3 != nil {
		t.Fatal(err1, err3)
	}
	var single, double Key
	single.OpenSingle((*[8]byte)(key[:8]))
	double.Open(&key)
	for _, pair := range []struct{ got, want cipher.Block }{{&single, std1}, {&double, std3}} {
		var got, want [BlockSize]byte
		pair.want.Encrypt(want[:], block[:])
		if pair.got.Encrypt(got[:], block[:]); got != want {
			t.Fatalf("key %x, block %x: enciphered %x, not %x", key, block, got, want)
		}
		pair.want.Decrypt(want[:], block[:])
		if pair.got.Decrypt(got[:], block[:]); got != want {
			t.Fatalf("key %x, block %x: deciphered %x, not %x", key, block, got, want)
		}
	}
}

func TestBothLibrariesAgree(t *testing.T) {
	for bit := range 128 { // every bit of a key alone
		var key [KeySize]byte
		key[bit/8] = 1 << (bit % 8)
		agree(t, key, [BlockSize]byte{})
	}
	for bit := range 64 { // every bit of a block alone
		var block [BlockSize]byte
		block[bit/8] = 1 << (bit % 8)
		agree(t, [KeySize]byte{}, block)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		var key [KeySize]byte
		var block [BlockSize]byte
		for i := range key {
			key[i], block[i/2] = byte(r.Uint32()), byte(r.Uint32())
		}
		agree(t, key, block)
	}
}

func FuzzAgree(f *testing.F) {
	f.Add(make([]byte, KeySize), make([]byte, BlockSize))
	f.Fuzz(func(t *testing.T, key, block []byte) {
		if len(key) == KeySize && len(block) == BlockSize {
			agree(t, [KeySize]byte(key), [BlockSize]byte(block))
		}
	})
}

func TestErasedKeysLeaveNothing(t *testing.T) {
	var k Key
	k.Open(&[KeySize]byte{1, 2, 3})
	k.Erase()
	if k != (Key{}) {
		t.Error("subkeys are left")
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var k Key
	block := make([]byte, BlockSize)
	if n := testing.AllocsPerRun(100, func() { k.Open(&[KeySize]byte{1}); k.Encrypt(block, block); k.Erase() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkOpen(b *testing.B) {
	var k Key
	key := [KeySize]byte{1, 2, 3}
	for b.Loop() {
		k.Open(&key)
	}
}

func BenchmarkOpenStandard(b *testing.B) {
	key := make([]byte, 24)
	for b.Loop() {
		_, _ = des.NewTripleDESCipher(key)
	}
}

func BenchmarkEncrypt(b *testing.B) {
	var k Key
	k.Open(&[KeySize]byte{1, 2, 3})
	block := make([]byte, BlockSize)
	for b.Loop() {
		k.Encrypt(block, block)
	}
}

func BenchmarkEncryptStandard(b *testing.B) {
	c, _ := des.NewTripleDESCipher(make([]byte, 24))
	block := make([]byte, BlockSize)
	for b.Loop() {
		c.Encrypt(block, block)
	}
}
