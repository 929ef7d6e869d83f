package licensing

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"
)

func TestAProofHoldsForWhatWasAskedAndNothingElse(t *testing.T) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	challenge, licence, binding := [32]byte{1}, [32]byte{2}, MeasuredBinding([32]byte{3})
	p := Prove(UseAppWorld, challenge, binding, licence, key)
	altered := p
	altered.Nonce[0] ^= 1
	forApplication := p
	forApplication.Use = UseApplication
	for name, c := range map[string]struct {
		proof              Proof
		challenge, binding [32]byte
		licence            [32]byte
		key                ed25519.PublicKey
		want               error
	}{
		"the proof":                   {p, challenge, binding, licence, public, nil},
		"a replay":                    {p, [32]byte{9}, binding, licence, public, ErrChallenge},
		"another program's session":   {p, challenge, MeasuredBinding([32]byte{4}), licence, public, ErrBinding},
		"an application's":            {p, challenge, ApplicationBinding([32]byte{3}), licence, public, ErrBinding},
		"another licence":             {p, challenge, binding, [32]byte{9}, public, ErrLicence},
		"another kernel's key":        {p, challenge, binding, licence, other, ErrSignature},
		"no key":                      {p, challenge, binding, licence, nil, ErrSignature},
		"an altered nonce":            {altered, challenge, binding, licence, public, ErrSignature},
		"passed for an application's": {forApplication, challenge, binding, licence, public, ErrChallenge},
	} {
		if err := c.proof.Verify(UseAppWorld, c.challenge, c.binding, c.licence, c.key); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := forApplication.Verify(UseApplication, challenge, binding, licence, public); !errors.Is(err, ErrSignature) {
		t.Errorf("the use is not signed: %v", err)
	}
	if Prove(UseAppWorld, challenge, binding, licence, key).Nonce == p.Nonce {
		t.Error("the kernel has no nonce of its own")
	}
}
