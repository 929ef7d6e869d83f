package oda

import "bytes"

// A certificate holds, behind its header and format byte, the name of whom it is
// for, expiry (2), serial number (3), hash and key algorithm (1 and 1), the
// lengths of modulus and exponent (1 and 1) and as much of the modulus as fits.
const (
	nameAt    = 2
	issuerID  = 4
	panLength = 10
	behind    = 2 + 3 + 4 // the fields between name and modulus
)

// certificate is one that verified.
type certificate struct {
	name   []byte
	expiry []byte // MMYY
	serial [3]byte
	key    PublicKey
}

// signedKey is what a card sends of a key: certificate, the rest of the modulus
// that did not fit it, exponent, and what else the hash covers.
type signedKey struct {
	format                           byte
	nameLength                       int
	certificate, remainder, exponent []byte
	static                           []byte
}

// verify opens the certificate with the key one step higher.
func (c signedKey) verify(by PublicKey) (certificate, error) {
	r, ok := open(by, c.certificate, c.format)
	if !ok || !r.holds(c.remainder, c.exponent, c.static) {
		return certificate{}, ErrCertificate
	}
	fields := r[nameAt+c.nameLength:]
	if fields[5] != algorithmSHA1 || fields[6] != algorithmRSA || int(fields[8]) != len(c.exponent) {
		return certificate{}, ErrCertificate
	}
	key, ok := c.join(fields[behind:len(fields)-hashSize-1], int(fields[7]))
	if !ok || len(key.Modulus) > len(by.Modulus) {
		return certificate{}, ErrCertificate
	}
	return certificate{r[nameAt:][:c.nameLength], fields[:2], [3]byte(fields[2:5]), key}, nil
}

// join puts the modulus together: all of it is in the certificate, padded, or
// the certificate is full and the remainder is exactly what is missing.
func (c signedKey) join(inside []byte, length int) (PublicKey, bool) {
	inside = inside[:min(length, len(inside))]
	if len(inside)+len(c.remainder) != length {
		return PublicKey{}, false
	}
	key := PublicKey{append(bytes.Clone(inside), c.remainder...), bytes.Clone(c.exponent)}
	return key, key.Check() == nil
}
