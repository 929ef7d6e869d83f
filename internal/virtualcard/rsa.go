package virtualcard

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // EMV's signatures demand it
	"errors"
	"fmt"
	"math/big"
)

// ErrKey reports an RSA key that cannot be used.
var ErrKey = errors.New("virtualcard: RSA key invalid")

// An RSAKey is a key pair of a demo, or its public half. EMV's sizes are below
// what crypto/rsa takes, and its padding is EMV's own.
type RSAKey struct {
	Modulus  Hex `json:"modulus"`           // a multiple of 8 bits, highest bit set
	Exponent Hex `json:"exponent"`          // 03 or 010001
	Private  Hex `json:"private,omitempty"` // d, as long as the modulus
}

// GenerateRSAKey makes a key pair of 512 to 1984 bits, a multiple of 16, with
// exponent 3 or 65537.
func GenerateRSAKey(bits int, exponent int64) (RSAKey, error) {
	if bits < 512 || bits > 1984 || bits%16 != 0 || exponent != 3 && exponent != 65537 {
		return RSAKey{}, ErrKey
	}
	for {
		p, q, err := twoPrimes(bits / 2)
		if err != nil {
			return RSAKey{}, err
		}
		one, e := big.NewInt(1), big.NewInt(exponent)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d, n := new(big.Int).ModInverse(e, phi), new(big.Int).Mul(p, q)
		if d == nil || n.BitLen() != bits {
			continue
		}
		return RSAKey{Modulus: n.Bytes(), Exponent: e.Bytes(), Private: d.FillBytes(make([]byte, bits/8))}, nil
	}
}

func twoPrimes(bits int) (p, q *big.Int, err error) {
	if p, err = rand.Prime(rand.Reader, bits); err == nil {
		q, err = rand.Prime(rand.Reader, bits)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("generating an RSA key: %w", err)
	}
	return p, q, nil
}

// Public is the key without its private half.
func (k RSAKey) Public() RSAKey { return RSAKey{Modulus: k.Modulus, Exponent: k.Exponent} }

func (k RSAKey) sound() bool {
	n := len(k.Modulus)
	return n >= 64 && n <= 248 && k.Modulus[0]&0x80 != 0 && len(k.Exponent) >= 1 && len(k.Exponent) <= 3 &&
		len(k.Private) >= 1 && len(k.Private) <= n
}

// power is m to the private exponent, as long as the modulus.
func (k RSAKey) power(m []byte) []byte {
	n := new(big.Int).SetBytes(k.Modulus)
	out := new(big.Int).Exp(new(big.Int).SetBytes(m), new(big.Int).SetBytes(k.Private), n)
	return out.FillBytes(make([]byte, len(k.Modulus)))
}

// sign signs with message recovery (EMV 4.4 Book 2, Annex A2.1): head is what
// the signature carries, padded with BB to its length; tail is hashed with it.
func (k RSAKey) sign(head, tail []byte) ([]byte, error) {
	room := len(k.Modulus) - 22
	if !k.sound() || len(head) > room {
		return nil, ErrKey
	}
	body := append([]byte(nil), head...)
	for len(body) < room {
		body = append(body, 0xBB)
	}
	hash := sha1.Sum(append(append([]byte(nil), body...), tail...)) //nolint:gosec // EMV's signatures demand it
	m := append(append([]byte{0x6A}, body...), hash[:]...)
	return k.power(append(m, 0xBC)), nil
}

// split divides a public key into what a certificate of the given room holds
// and the remainder.
func (k RSAKey) split(room int) (left, remainder []byte) {
	if len(k.Modulus) <= room {
		return k.Modulus, nil
	}
	return k.Modulus[:room], k.Modulus[room:]
}
