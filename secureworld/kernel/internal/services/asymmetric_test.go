package services

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

func publicIn(t *testing.T, a call.Algorithm, b []byte) any {
	t.Helper()
	switch a {
	case call.Ed25519:
		return ed25519.PublicKey(b)
	case call.RSA2048PSS:
		return &rsa.PublicKey{N: new(big.Int).SetBytes(b), E: 65537}
	case call.X25519:
		return must(ecdh.X25519().NewPublicKey(b))(t)
	case call.ECDSAP256:
		return must(ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b))(t)
	case call.ECDSAP384:
		return must(ecdsa.ParseUncompressedPublicKey(elliptic.P384(), b))(t)
	}
	t.Fatalf("%v has no vector", a)
	return nil
}

func TestPrivateAndPublicKeysGivePublishedAnswers(t *testing.T) {
	table := algorithms()
	for _, v := range vectors(t, "asymmetric.txt") {
		a := named(t, v["algorithm"])
		if v["ciphertext"] != "" {
			opensPublished(t, table[a], v)
			continue
		}
		public, message, signature := publicIn(t, a, unhex(t, v["public"])), unhex(t, v["message"]), unhex(t, v["signature"])
		if v["shared"] != "" {
			k := &ecdhKey{must(ecdh.X25519().NewPrivateKey(unhex(t, v["secret"])))(t)}
			if got, err := k.agree(public); err != nil || !bytes.Equal(got, unhex(t, v["shared"])) {
				t.Errorf("%v: %x, %v", a, got, err)
			}
			continue
		}
		if v["secret"] != "" {
			k := &ed25519Key{ed25519.NewKeyFromSeed(unhex(t, v["secret"]))}
			if got, err := k.sign(message); err != nil || !bytes.Equal(got, signature) {
				t.Errorf("%v: %x, %v", a, got, err)
			}
		}
		if !table[a].verify(public, message, signature) {
			t.Errorf("%v: the published signature is refused", a)
		}
		for name, bad := range map[string][2][]byte{"another message": {append(message, 0), signature}, "a cut signature": {message, signature[:len(signature)-1]}, "no signature": {message, nil}} {
			if table[a].verify(public, bad[0], bad[1]) {
				t.Errorf("%v: %s is accepted", a, name)
			}
		}
		for other := call.AlgorithmNone + 1; other < call.AlgorithmEnd; other++ {
			if other != a && table[other].verify != nil && table[other].verify(public, message, signature) {
				t.Errorf("%v: accepted as %v", a, other)
			}
		}
	}
}

// A peer whose point has low order would make the shared secret known.
func TestAPointOfLowOrderIsRefused(t *testing.T) {
	k := must(x25519().GenerateKey(rand.Reader))(t)
	zero := must(ecdh.X25519().NewPublicKey(make([]byte, 32)))(t)
	if _, err := (&ecdhKey{k}).agree(zero); err == nil {
		t.Error("agreed")
	}
}

// opensPublished: what a private key recovers from a ciphertext, as it is stored.
func opensPublished(t *testing.T, a algorithm, v map[string]string) {
	t.Helper()
	k := must(a.parse(unhex(t, v["secret"])))(t)
	ciphertext, want := unhex(t, v["ciphertext"]), unhex(t, v["shared"]+v["message"])
	var got []byte
	var err error
	if kem, ok := k.(decapsulator); ok {
		got, err = kem.decapsulate(ciphertext)
	} else {
		got, err = k.(decrypter).decrypt(ciphertext, unhex(t, v["extra"]))
	}
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %x, %v", v["algorithm"], got, err)
	}
}
