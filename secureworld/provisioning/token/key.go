package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/wire"
)

// Algorithm is a kind of key.
type Algorithm = wire.Algorithm

// Algorithms.
const (
	Ed25519 = wire.Ed25519
	P256    = wire.P256
)

// Key is a key pair in the token: a crypto.Signer.
type Key struct {
	token  *Token
	number uint16
	public crypto.PublicKey
}

// Generate makes a key pair inside the token; ErrExists where the label is taken.
func (t *Token) Generate(a Algorithm, label string) (*Key, error) {
	var k wire.Key
	if err := t.ask(wire.KindGenerate, wire.Generate{Algorithm: a, Label: []byte(label)}, &k); err != nil {
		return nil, err
	}
	return t.key(k)
}

// Find takes a key pair of the token into use; ErrNoKey where there is none.
func (t *Token) Find(label string) (*Key, error) {
	var k wire.Key
	if err := t.ask(wire.KindFind, wire.Find{Label: []byte(label)}, &k); err != nil {
		return nil, err
	}
	return t.key(k)
}

func (t *Token) key(k wire.Key) (*Key, error) {
	out := &Key{token: t, number: k.Number}
	switch {
	case k.Algorithm == Ed25519 && len(k.Public) == ed25519.PublicKeySize:
		out.public = ed25519.PublicKey(k.Public)
		return out, nil
	case k.Algorithm == P256:
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Public)
		if err == nil {
			out.public = public
			return out, nil
		}
	}
	return nil, errors.New("token: a key of an unknown form")
}

// Public is the public half.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Sign signs a whole message with Ed25519, and a SHA-256 digest with P-256. The
// token has a random source of its own.
func (k *Key) Sign(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	_, edwards := k.public.(ed25519.PublicKey)
	if edwards && opts.HashFunc() != 0 || !edwards && opts.HashFunc() != crypto.SHA256 {
		return nil, errors.New("token: this key signs otherwise")
	}
	var s wire.Signature
	if err := k.token.ask(wire.KindSign, wire.Sign{Number: k.number, Message: message}, &s); err != nil {
		return nil, err
	}
	if len(s.Bytes) != ed25519.SignatureSize {
		return nil, errors.New("token: a signature of a wrong length")
	}
	if edwards {
		return s.Bytes, nil
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(s.Bytes[:32]), new(big.Int).SetBytes(s.Bytes[32:])})
}
