package services

import (
	"bytes"
	"crypto/hmac"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

func TestSymmetricKeysGivePublishedAnswers(t *testing.T) {
	memory := keyMemory(t)
	table := algorithms()
	for _, v := range vectors(t, "symmetric.txt") {
		m, err := table[named(t, v["algorithm"])].open(memory, unhex(t, v["key"]))
		if err != nil {
			t.Fatal(err)
		}
		plaintext, extra := unhex(t, v["plaintext"]), unhex(t, v["extra"])
		switch {
		case v["sealed"] != "":
			holdsSealed(t, v["algorithm"], m.(sealer), plaintext, extra, unhex(t, v["sealed"]))
		case v["tag"] != "":
			if tag, err := m.(tagger).mac(nil, plaintext); err != nil || !bytes.Equal(tag, unhex(t, v["tag"])) {
				t.Errorf("%s: tag %x, %v", v["algorithm"], tag, err)
			}
		case v["derived"] != "":
			want := unhex(t, v["derived"])
			got := make([]byte, len(want))
			if err := m.(deriver).derive(got, unhex(t, v["salt"]), extra); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: derived %x, %v", v["algorithm"], got, err)
			}
		default:
			t.Errorf("%s: a vector that says nothing", v["algorithm"])
		}
		m.wipe()
	}
}

// holdsSealed opens what is published, refuses it changed, and opens what it seals
// itself, with a nonce of its own.
func holdsSealed(t *testing.T, name string, m sealer, plaintext, extra, sealed []byte) {
	t.Helper()
	if got, err := m.open(nil, sealed, extra); err != nil || !bytes.Equal(got, plaintext) {
		t.Errorf("%s: opened %x, %v", name, got, err)
	}
	if s, ok := m.(*siv); ok {
		if got, err := s.seal(nil, plaintext, extra); err != nil || !bytes.Equal(got, sealed) {
			t.Errorf("%s: sealed %x, %v", name, got, err)
		}
	}
	again, err := m.seal([]byte("before"), plaintext, extra)
	if err != nil || len(again) != 6+len(sealed) {
		t.Fatalf("%s: sealed %d bytes, %v", name, len(again), err)
	}
	if got, err := m.open([]byte("before"), again[6:], extra); err != nil || !bytes.Equal(got[6:], plaintext) {
		t.Errorf("%s: opened %x, %v", name, got, err)
	}
	if len(extra) == 0 {
		return // CBC and CTR notice nothing, and say so
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if got, err := m.open(nil, bad, extra); err == nil || len(got) != 0 {
			t.Fatalf("%s: byte %d changed and opened", name, i)
		}
	}
	if _, err := m.open(nil, sealed, extra[1:]); err == nil {
		t.Errorf("%s: opened with other extra data", name)
	}
}

// RFC 5297, A.2: three components, which the services have no call for.
func TestSIVTakesSeveralComponents(t *testing.T) {
	m, err := openSIV(keyMemory(t), unhex(t, "7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f"))
	if err != nil {
		t.Fatal(err)
	}
	v := m.(*siv).s2v(unhex(t, "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553"),
		unhex(t, "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100"),
		unhex(t, "102030405060708090a0"), unhex(t, "09f911029d74e35bd84156c5635688c0"))
	if !bytes.Equal(v, unhex(t, "7bdb6e3b432667eb06f4d14bff2fbd0f")) {
		t.Errorf("%x", v)
	}
}

func TestHMACIsThatOfTheStandardLibraryForKeysAndMessagesOfAnyLength(t *testing.T) {
	memory := keyMemory(t)
	for i, h := range macHashes() {
		for n := range 300 {
			secret, message := bytes.Repeat([]byte{byte(n)}, n), bytes.Repeat([]byte{7}, 3*n)
			k, err := newHMAC(memory, h, secret)
			if err != nil {
				t.Fatal(err)
			}
			right := hmac.New(h, secret)
			right.Write(message)
			if got := k.sum(nil, message); !bytes.Equal(got, right.Sum(nil)) {
				t.Fatalf("hash %d, key of %d bytes: %x", i, n, got)
			}
			k.wipe()
		}
	}
}

func TestChaChaLiesInSecretMemory(t *testing.T) {
	secret := bytes.Repeat([]byte{0xc4}, 32)
	m, err := openChaCha(keyMemory(t), secret)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := m.(*aead).seal(nil, []byte("message"), nil)
	if err != nil {
		t.Fatal(err)
	}
	m.wipe() // clears the room: what computes with it computes with another key
	if _, err := m.(*aead).open(nil, sealed, nil); err == nil {
		t.Error("the object still has its key after the room was cleared")
	}
}

func TestAnAEADThatHoldsPointersIsNotMoved(t *testing.T) {
	if _, _, err := schedule.MoveAEAD(&aead{}, make([]byte, schedule.RoomForeign)); err == nil {
		t.Error("moved")
	}
}

func TestHashesAreThoseOfTheStandard(t *testing.T) {
	d := newDevice(t)
	c := d.application("a")
	// FIPS 180-4 and FIPS 202 examples for "abc".
	for a, want := range map[call.Algorithm]string{
		call.SHA256:  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		call.SHA3256: "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
	} {
		if got, code := c.Hash(nil, a, []byte("abc")); code != call.OK || !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%v: %x, %v", a, got, code)
		}
	}
	for a, size := range map[call.Algorithm]int{call.SHA384: 48, call.SHA512: 64, call.SHA3384: 48, call.SHA3512: 64} {
		if got, code := c.Hash(nil, a, nil); code != call.OK || len(got) != size {
			t.Errorf("%v: %d bytes, %v", a, len(got), code)
		}
	}
	if _, code := c.Hash(nil, call.HMACSHA256, nil); code != call.CodeAlgorithm {
		t.Errorf("a hash that is none: %v", code)
	}
}
