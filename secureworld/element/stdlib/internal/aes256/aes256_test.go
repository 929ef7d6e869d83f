package aes256

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"testing"
)

func random(r *rand.Rand) (b [KeySize]byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestTheAnswersAreThoseOfTheStandard is FIPS 197, appendix C.3.
func TestTheAnswersAreThoseOfTheStandard(t *testing.T) {
	var key [KeySize]byte
	for i := range key {
		key[i] = byte(i)
	}
	plain, _ := hex.DecodeString("00112233445566778899aabbccddeeff")
	want, _ := hex.DecodeString("8ea2b7ca516745bfeafc49904b496089")
	k := New(make([]byte, Room))
	k.Open(&key)
	got := make([]byte, BlockSize)
	if k.Encrypt(got, plain); !bytes.Equal(got, want) {
		t.Errorf("enciphered %x", got)
	}
	if k.Decrypt(got, got); !bytes.Equal(got, plain) {
		t.Errorf("deciphered %x", got)
	}
}

// TestBothFormsAgree holds the form of this build to the standard library.
func TestBothFormsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	k := New(make([]byte, Room))
	for range 2000 {
		key, data := random(r), random(r)
		std, _ := aes.NewCipher(key[:])
		var want, got, back [KeySize]byte
		std.Encrypt(want[:], data[:])
		std.Encrypt(want[BlockSize:], data[BlockSize:])
		k.Open(&key)
		k.Encrypt(got[:], data[:])
		k.Encrypt(got[BlockSize:], data[BlockSize:])
		if got != want {
			t.Fatalf("key %x: enciphered otherwise", key)
		}
		k.Decrypt(back[:], got[:])
		k.Decrypt(back[BlockSize:], got[BlockSize:])
		if back != data {
			t.Fatalf("key %x: not deciphered", key)
		}
		first, second, rest := r.Uint64(), r.Uint64(), r.Uint64()
		for i, word := range []uint64{first, rest, second, rest} {
			binary.BigEndian.PutUint64(data[8*i:], word)
		}
		std.Encrypt(want[:], data[:])
		std.Encrypt(want[BlockSize:], data[BlockSize:])
		var other standard
		other.open(&key)
		one, two := data, data
		other.encryptTwice(one[:BlockSize], first, second)
		if k.EncryptTwice(two[:BlockSize], first, second); two != one {
			t.Fatalf("key %x: enciphered otherwise twice", key)
		}
		other.decryptTwice(one[:BlockSize], first, rest)
		if k.DecryptTwice(two[:BlockSize], first, rest); two != one {
			t.Fatalf("key %x: deciphered otherwise twice", key)
		}
		if k.Pair(&got, first, second, rest); got != want {
			t.Fatalf("key %x: a pair enciphered otherwise", key)
		}
		if k.Derive(&got, &key, first, second, rest); got != want {
			t.Fatalf("key %x: derived otherwise", key)
		}
		k.Derive(&key, &key, first, second, rest)
		if key != want {
			t.Fatalf("key %x: derived otherwise in place", key)
		}
	}
}

func TestErasedKeysLeaveNothing(t *testing.T) {
	room := make([]byte, Room)
	k := New(room)
	key := [KeySize]byte{1, 2, 3}
	k.Open(&key)
	if Vector() && bytes.Equal(room, make([]byte, Room)) {
		t.Error("the schedule is not in its room")
	}
	k.Erase()
	k.Erase()
	if !bytes.Equal(room, make([]byte, Room)) {
		t.Error("the room is not cleared")
	}
	if k.block != nil {
		t.Error("the key is still open")
	}
}

// TestAKeyCostsNoMoreMemoryThanItsSchedule: none in vector registers, one object of
// the standard library otherwise.
func TestAKeyCostsNoMoreMemoryThanItsSchedule(t *testing.T) {
	want := 1.0
	if Vector() {
		want = 0
	}
	k := New(make([]byte, Room))
	var key, data [KeySize]byte
	if n := testing.AllocsPerRun(100, func() { k.Derive(&data, &key, 1, 2, 3) }); n > want {
		t.Errorf("deriving allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { k.Open(&key); k.Decrypt(data[:], data[:]); k.Erase() }); n > want {
		t.Errorf("deciphering allocates %v times", n)
	}
}

func BenchmarkDerive(b *testing.B) {
	k := New(make([]byte, Room))
	var key [KeySize]byte
	for b.Loop() {
		k.Derive(&key, &key, 1, 2, 3)
	}
}

func BenchmarkOpenAndDecrypt(b *testing.B) {
	k := New(make([]byte, Room))
	var key [KeySize]byte
	for b.Loop() {
		k.Open(&key)
		k.Decrypt(key[:], key[:])
		k.Decrypt(key[:], key[:])
		k.Erase()
	}
}
