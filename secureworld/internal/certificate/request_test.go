package certificate

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"
)

func pair(t *testing.T) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}

func TestARequestProvesItsKey(t *testing.T) {
	public, private := pair(t)
	r := Request{Role: RoleDeveloper, Name: "dev", PublicKey: public, Names: []string{"loyalty"}}
	raw, err := SealRequest(r, private)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenRequest(raw); err != nil || !bytes.Equal(got.PublicKey, public) || got.Role != RoleDeveloper {
		t.Fatalf("%+v, %v", got, err)
	}
	_, other := pair(t)
	if raw, err = SealRequest(r, other); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRequest(raw); !errors.Is(err, ErrSignature) {
		t.Errorf("a request for another's key: %v", err)
	}
	r.Role = "king"
	if _, err := SealRequest(r, private); err == nil {
		t.Error("an unknown role")
	}
}

func TestACertificateIsCheckedByItself(t *testing.T) {
	root, rootKey := pair(t)
	public, _ := pair(t)
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	raw, err := Certify(Certificate{Role: RoleLicence, Name: "c", PublicKey: public, NotBefore: now, NotAfter: now.Add(time.Hour)}, rootKey)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := Check(raw, root, RoleLicence, now); err != nil || !bytes.Equal(c.PublicKey, public) {
		t.Fatal(err)
	}
	if _, err := Check(raw, root, RoleImage, now); err == nil {
		t.Error("passes for another role")
	}
	if _, err := Check(raw, public, RoleLicence, now); !errors.Is(err, ErrSignature) {
		t.Errorf("another manufacturer's: %v", err)
	}
	if _, err := Check(raw, root, RoleLicence, now.Add(2*time.Hour)); !errors.Is(err, ErrExpired) {
		t.Errorf("later: %v", err)
	}
}

func FuzzOpenRequest(f *testing.F) {
	_, private, _ := ed25519.GenerateKey(nil)
	raw, err := SealRequest(Request{Role: RoleLicence, Name: "c", PublicKey: private.Public().(ed25519.PublicKey)}, private)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, err := OpenRequest(raw); err == nil && !r.Role.known() {
			t.Error("an unknown role passed")
		}
	})
}
