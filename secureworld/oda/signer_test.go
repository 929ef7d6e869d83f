package oda

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"math/big"
	"slices"
	"sync"
	"testing"
)

// signer makes certificates and signatures, so that one field at a time can be
// wrong while all the cryptography around it is right.
type signer struct{ *rsa.PrivateKey }

// newSigners makes the keys of a scheme, an issuer and a card once for all tests.
var newSigners = sync.OnceValue(func() (s [3]signer) {
	for i, bits := range [3]int{1152, 1152, 1024} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		s[i] = signer{key}
	}
	return s
})

func (s signer) public() PublicKey { return PublicKey{s.N.Bytes(), []byte{1, 0, 1}} }

func (s signer) sign(block []byte) []byte {
	m := new(big.Int).SetBytes(block)
	return m.Exp(m, s.D, s.N).FillBytes(make([]byte, s.Size()))
}

// seal puts header, padding, hash and trailer around what is signed.
func (s signer) seal(data []byte, behind ...[]byte) []byte {
	return s.sign(s.block(data, behind...))
}

func (s signer) block(data []byte, behind ...[]byte) []byte {
	body := append(bytes.Clone(data), bytes.Repeat([]byte{0xBB}, s.Size()-22-len(data))...)
	sum := sha1.Sum(append(bytes.Clone(body), slices.Concat(behind...)...))
	return slices.Concat([]byte{0x6A}, body, sum[:], []byte{0xBC})
}

// fields of a certificate, all as they should be until a test changes one.
type fields struct {
	format                byte
	name                  []byte
	expiry                [2]byte
	hash, algorithm       byte
	length, exponentBytes byte
	key                   PublicKey
	remainder, exponent   []byte // what goes beside the certificate
	static                []byte
}

func fieldsFor(t *testing.T, format byte, name string, key PublicKey, by signer) *fields {
	t.Helper()
	f := &fields{
		format: format, name: unhex(t, name), expiry: [2]byte{0x12, 0x30}, hash: 1, algorithm: 1,
		length: byte(len(key.Modulus)), exponentBytes: byte(len(key.Exponent)), key: key, exponent: key.Exponent,
	}
	if room := f.room(by); room < len(key.Modulus) {
		f.remainder = key.Modulus[room:]
	}
	return f
}

func (f *fields) room(by signer) int { return by.Size() - 32 - len(f.name) }

func (f *fields) certify(by signer) []byte {
	data := slices.Concat([]byte{f.format}, f.name, f.expiry[:], []byte{0, 0, 1},
		[]byte{f.hash, f.algorithm, f.length, f.exponentBytes}, f.key.Modulus[:min(f.room(by), len(f.key.Modulus))])
	return by.seal(data, f.remainder, f.exponent, f.static)
}
