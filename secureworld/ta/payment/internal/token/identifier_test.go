package token

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"testing"
)

func TestIdentifierIsTheKeyedHashUnderAKeyForTheName(t *testing.T) {
	key, merchant, digits := random(t)
	own := hmac.New(sha256.New, key)
	own.Write([]byte("\x1cstrongroom card identifier 1\x07loyalty"))
	h := hmac.New(sha256.New, own.Sum(nil))
	h.Write(append([]byte("\x0fMERCHANT0000001\x10"), digits...))
	if got, err := Identifier(key, []byte("loyalty"), merchant, digits); err != nil || !bytes.Equal(got[:], h.Sum(nil)[:16]) {
		t.Errorf("%x, %v", got, err)
	}
}

func TestTwoApplicationsCannotJoinTheirCards(t *testing.T) {
	key, merchant, digits := random(t)
	seen := map[[16]byte]string{}
	for _, name := range []string{"loyalty", "loyalty2", "parking"} {
		id, err := Identifier(key, []byte(name), merchant, digits)
		if err != nil || seen[id] != "" {
			t.Fatalf("%s is told the same as %q: %v", name, seen[id], err)
		}
		seen[id] = name
	}
	if token := of(t, key, merchant, digits); seen[[16]byte(token)] != "" {
		t.Error("an identifier is the merchant's token")
	}
	if _, err := Identifier(make([]byte, KeySize), []byte("loyalty"), merchant, digits); !errors.Is(err, ErrKey) {
		t.Error("a key of zeros is used")
	}
}
