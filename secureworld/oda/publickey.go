package oda

import "math/big"

// PublicKey is an RSA key: its modulus, the most significant byte first, and its
// exponent as EMV codes it, 03 or 010001.
type PublicKey struct{ Modulus, Exponent []byte }

// Bits is the length of the modulus.
func (k PublicKey) Bits() int { return len(k.Modulus) * 8 }

// Check returns ErrKey unless the modulus has 512 to 1984 bits, is odd and has
// its first bit set, and the exponent is 3 or 65537.
func (k PublicKey) Check() error {
	n := len(k.Modulus)
	if n < minModulus || n > maxModulus || k.Modulus[0]&0x80 == 0 || k.Modulus[n-1]&1 == 0 {
		return ErrKey
	}
	if e := string(k.Exponent); e != "\x03" && e != "\x01\x00\x01" {
		return ErrKey
	}
	return nil
}

// recover raises the signature, of the length of the modulus and below it, to
// the public exponent.
func (k PublicKey) recover(signature []byte) ([]byte, bool) {
	if k.Check() != nil || len(signature) != len(k.Modulus) {
		return nil, false
	}
	n, s := new(big.Int).SetBytes(k.Modulus), new(big.Int).SetBytes(signature)
	if s.Cmp(n) >= 0 {
		return nil, false
	}
	defer func() { clear(s.Bits()) }() // a card certificate holds the PAN
	e := new(big.Int).SetBytes(k.Exponent)
	return s.Exp(s, e, n).FillBytes(make([]byte, len(k.Modulus))), true
}
