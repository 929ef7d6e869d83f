package schedule

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
)

// The layouts are facts about this build, examined once at first use and never
// changed: examining them at each key would double the cost of a derivation.
var (
	aesLayout  = sync.OnceValue(examineAES)
	gcmLayout  = sync.OnceValue(examineGCM)
	tdesLayout = sync.OnceValue(examineTDES)
	// aesErasure is aesLayout where copying it takes longer than what it is for.
	aesErasure = sync.OnceValue(func() *layout { l := aesLayout(); return &l })
)

var errAnswer = errors.New("a moved object gives a wrong answer")

// SelfTest reports whether moving works with this Go on this processor: nil if
// each cipher answers correctly from the caller's memory and no longer from
// the heap. Otherwise the named ciphers stay on the heap, and a program that
// promises secret memory says so.
func SelfTest() error {
	return errors.Join(
		named("AES", aesLayout().moves),
		named("AES-GCM", gcmLayout().moves),
		named("TDES", tdesLayout().moves))
}

func named(cipherName string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("schedule: %s cannot be moved: %w", cipherName, err)
}

// examineAES uses FIPS 197, appendix C.3.
func examineAES() layout {
	b, err := aes.NewCipher(counting(32))
	if err != nil {
		return layout{moves: err}
	}
	return tryMove(b, RoomAES, func(b cipher.Block) bool {
		return answers(b, "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089")
	})
}

// examineTDES uses SP 800-67, appendix B.1.
func examineTDES() layout {
	b, err := newTDES((*[24]byte)(unhex("0123456789abcdef23456789abcdef01456789abcdef0123")))
	if err != nil {
		return layout{moves: err}
	}
	return tryMove(b, RoomTDES, func(b cipher.Block) bool {
		return answers(b, "5468652071756663", "a826fd8ce53b855f")
	})
}

// examineGCM uses the GCM specification (McGrew, Viega), test case 4.
func examineGCM() layout {
	b, err := aes.NewCipher(unhex("feffe9928665731c6d6a8f9467308308"))
	if err != nil {
		return layout{moves: err}
	}
	a, err := newGCM(b)
	if err != nil {
		return layout{moves: err}
	}
	// A moved object must not lean on the block from which it was made.
	return tryMove(a, RoomGCM, func(a cipher.AEAD) bool {
		eraseObject(b, aesLayout())
		return gcmAnswers(a)
	})
}

// tryMove examines v, moves it into room of its own and asks it there. The last
// question, with one byte of the seat flipped, shows that it answers from the
// seat and not from elsewhere.
func tryMove[T any](v T, roomSize int, ask func(T) bool) layout {
	l := examine(v)
	if l.moves != nil {
		return l
	}
	if int(l.size) > roomSize-alignment+1 {
		l.moves = errTooLarge
		return l
	}
	seat := relocate(&v, l, make([]byte, roomSize))
	good := ask(v)
	seat[16] ^= 1 // in the first round keys, whatever the cipher
	if !good || ask(v) {
		l.moves = errAnswer
	}
	return l
}

func answers(b cipher.Block, plain, sealed string) bool {
	p, s := unhex(plain), unhex(sealed)
	got, back := make([]byte, len(p)), make([]byte, len(p))
	b.Encrypt(got, p)
	b.Decrypt(back, s)
	return bytes.Equal(got, s) && bytes.Equal(back, p)
}

func gcmAnswers(a cipher.AEAD) bool {
	nonce := unhex("cafebabefacedbaddecaf888")
	plain := unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
		"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
	extra := unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
	sealed := unhex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e" +
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47")
	back, err := a.Open(nil, nonce, sealed, extra)
	return err == nil && bytes.Equal(back, plain) && bytes.Equal(a.Seal(nil, nonce, plain, extra), sealed)
}

func counting(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// unhex decodes constants of this file only.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("secureworld: internal error: constant of the self-test is not hexadecimal")
	}
	return b
}
