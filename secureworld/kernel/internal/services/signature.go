package services

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

const (
	signing    = call.Sign
	decrypting = call.Decrypt
)

// curve is one for signatures, with the hash of its strength.
type curve struct {
	elliptic.Curve
	digest func([]byte) []byte
}

func p256() curve {
	return curve{elliptic.P256(), func(b []byte) []byte { d := sha256.Sum256(b); return d[:] }}
}

func p384() curve {
	return curve{elliptic.P384(), func(b []byte) []byte { d := sha512.Sum384(b); return d[:] }}
}

// ecdsaKey signs, on the Go heap.
type ecdsaKey struct {
	key   *ecdsa.PrivateKey
	curve curve
}

func (k *ecdsaKey) wipe()                    { k.key = nil }
func (k *ecdsaKey) public() any              { return &k.key.PublicKey }
func (k *ecdsaKey) marshal() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.key) }

func (k *ecdsaKey) sign(message []byte) ([]byte, error) {
	return ecdsa.SignASN1(rand.Reader, k.key, k.curve.digest(message))
}

func ecdsaSigning(c curve) algorithm {
	return algorithm{usages: signing,
		generate: func() (private, error) {
			k, err := ecdsa.GenerateKey(c.Curve, rand.Reader)
			return &ecdsaKey{k, c}, err
		},
		parse: func(b []byte) (private, error) {
			k, err := x509.ParsePKCS8PrivateKey(b)
			e, ok := k.(*ecdsa.PrivateKey)
			if err != nil || !ok || e.Curve != c.Curve {
				return nil, errKind
			}
			return &ecdsaKey{e, c}, nil
		},
		verify: func(public any, message, signature []byte) bool {
			k, ok := public.(*ecdsa.PublicKey)
			return ok && k.Curve == c.Curve && ecdsa.VerifyASN1(k, c.digest(message), signature)
		},
	}
}

// ed25519Key signs (RFC 8032), on the Go heap.
type ed25519Key struct{ key ed25519.PrivateKey }

func (k *ed25519Key) wipe()                    { clear(k.key); k.key = nil }
func (k *ed25519Key) public() any              { return k.key.Public() }
func (k *ed25519Key) marshal() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.key) }

func (k *ed25519Key) sign(message []byte) ([]byte, error) {
	return k.key.Sign(nil, message, crypto.Hash(0))
}

func ed25519Signing() algorithm {
	return algorithm{usages: signing,
		generate: func() (private, error) {
			_, k, err := ed25519.GenerateKey(rand.Reader)
			return &ed25519Key{k}, err
		},
		parse: func(b []byte) (private, error) {
			k, err := x509.ParsePKCS8PrivateKey(b)
			e, ok := k.(ed25519.PrivateKey)
			if err != nil || !ok {
				return nil, errKind
			}
			return &ed25519Key{e}, nil
		},
		verify: func(public any, message, signature []byte) bool {
			k, ok := public.(ed25519.PublicKey)
			return ok && len(k) == ed25519.PublicKeySize && ed25519.Verify(k, message, signature)
		},
	}
}
