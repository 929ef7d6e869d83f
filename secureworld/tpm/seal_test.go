//go:build linux

package main

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
)

func (s *server) sealedOne(t *testing.T) []byte {
	t.Helper()
	m, ok := s.answer(tpmpipe.Seal{}).(tpmpipe.Sealed)
	if !ok || len(m.Sealed) == 0 || len(m.Sealed) > tpmpipe.MaxSealed {
		t.Fatalf("nothing sealed: %d bytes", len(m.Sealed))
	}
	return m.Sealed
}

func (s *server) unsealed(t *testing.T, b []byte) []byte {
	t.Helper()
	m, ok := s.answer(tpmpipe.Unseal{Sealed: b}).(tpmpipe.Unsealed)
	if !ok || len(m.Secret) != tpmpipe.SecretSize || bytes.Count(m.Secret, []byte{0}) > 16 {
		t.Fatalf("%+v", s.answer(tpmpipe.Unseal{Sealed: b}))
	}
	return m.Secret
}

func TestASecretOpensInTheTPMThatSealedItAndInNoOther(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	s := serverOf(t, c)
	s.begin(t, 1, 2)
	b := s.sealedOne(t)
	secret := s.unsealed(t, b)
	if again := s.unsealed(t, s.sealedOne(t)); bytes.Equal(again, secret) {
		t.Error("two secrets are one")
	}
	s.quoted(t, [32]byte{1}) // beside it
	c.close()
	after := serverOf(t, open(t, dir))
	if !bytes.Equal(after.unsealed(t, b), secret) {
		t.Error("after a start of the machine it is another secret")
	}
	serverOf(t, open(t, t.TempDir())).fails(t, tpmpipe.Unseal{Sealed: b}, tpmpipe.FaultOther)
}

// Keys and sessions that are left would fill a TPM without resource manager, which has
// room for three of each.
func TestUnsealingAgainAndAgainLeavesTheTPMRoom(t *testing.T) {
	s := serverOf(t, open(t, t.TempDir()))
	b := s.sealedOne(t)
	for range 6 {
		s.unsealed(t, b)
		s.fails(t, tpmpipe.Unseal{Sealed: append(b[:len(b)-1:len(b)-1], b[len(b)-1]^1)}, tpmpipe.FaultSealed)
	}
}

func TestADamagedSecretIsToldFromAnotherTPM(t *testing.T) {
	s := serverOf(t, open(t, t.TempDir()))
	b := s.sealedOne(t)
	for i := range b {
		if i%7 != 0 && i > 8 {
			continue // the TPM takes its time
		}
		bad := bytes.Clone(b)
		bad[i] ^= 1
		want := tpmpipe.FaultSealed
		if i >= 6 && i < 40 { // the name of the primary key
			want = tpmpipe.FaultOther
		}
		if m := s.answer(tpmpipe.Unseal{Sealed: bad}); m != (tpmpipe.Failed{Fault: want}) {
			t.Errorf("byte %d: %+v", i, m)
		}
	}
	s.fails(t, tpmpipe.Unseal{Sealed: b[:len(b)-1]}, tpmpipe.FaultSealed)
	s.unsealed(t, b)
}

func FuzzCanonicalSealed(f *testing.F) {
	f.Add(sealed{[]byte{1}, []byte{2, 3}, make([]byte, 200)}.encode())
	f.Add([]byte(sealedMagic + "\x00\x01a\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSealed(b)
		if err == nil && !bytes.Equal(s.encode(), b) {
			t.Fatalf("%x became %x", b, s.encode())
		}
	})
}
