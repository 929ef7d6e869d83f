// Package shamir splits a secret into shares, any k of which give it back and any
// fewer of which say nothing about it (A. Shamir, "How to share a secret", 1979),
// byte by byte over GF(2^8) with the polynomial of AES (FIPS 197, 4.2).
//
// It computes without tables and without branches on secrets, so that neither
// time nor cache tells them. Shares are not authenticated: a wrong one gives a
// wrong secret. Who stores them seals them.
//
// The kernel alone imports it. It keeps nothing; rooms are the caller's.
package shamir

import (
	"errors"
	"fmt"
	"io"
)

// MaxShares is how many points a field of 256 elements has beside the secret's.
const MaxShares = 255

// ErrShares says that shares cannot be made or put together like that.
var ErrShares = errors.New("shamir: not a set of shares")

// Split fills shares with n shares of a secret, the i-th for the point i + 1. Each
// has the length of the secret. k of them are enough, 1 ≤ k ≤ n ≤ MaxShares.
// work has k - 1 times that length, and holds secrets afterwards: the caller
// erases it.
func Split(secret []byte, k int, shares [][]byte, work []byte, random io.Reader) error {
	if k < 1 || k > len(shares) || len(shares) > MaxShares || len(work) < (k-1)*len(secret) {
		return ErrShares
	}
	work = work[:(k-1)*len(secret)]
	if _, err := io.ReadFull(random, work); err != nil {
		return fmt.Errorf("shamir: drawing a polynomial: %w", err)
	}
	for i, share := range shares {
		if len(share) != len(secret) {
			return ErrShares
		}
		for j := range secret {
			share[j] = value(secret, work, j, byte(i+1))
		}
	}
	return nil
}

// value is that of the polynomial of byte j at a point: Horner's scheme, from the
// highest coefficient down to the secret.
func value(secret, work []byte, j int, point byte) (v byte) {
	for at := len(work) - len(secret) + j; at >= 0; at -= len(secret) {
		v = multiply(v, point) ^ work[at]
	}
	return multiply(v, point) ^ secret[j]
}

// Combine puts k shares together; points[i] is that of shares[i]. All of them must
// be of one split.
func Combine(secret []byte, points []byte, shares [][]byte) error {
	if len(points) == 0 || len(points) != len(shares) || !distinct(points) {
		return ErrShares
	}
	clear(secret)
	for i, share := range shares {
		if len(share) != len(secret) {
			return ErrShares
		}
		weight := lagrange(points, i)
		for j := range secret {
			secret[j] ^= multiply(weight, share[j])
		}
	}
	return nil
}

// lagrange is the value at zero of the polynomial that is one at the i-th point
// and zero at the others.
func lagrange(points []byte, i int) byte {
	weight := byte(1)
	for m, p := range points {
		if m != i {
			weight = multiply(weight, multiply(p, inverse(p^points[i])))
		}
	}
	return weight
}

func distinct(points []byte) bool {
	var seen [256]bool
	for _, p := range points {
		if p == 0 || seen[p] {
			return false
		}
		seen[p] = true
	}
	return true
}

// multiply in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
func multiply(a, b byte) (product byte) {
	for range 8 {
		product ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return product
}

// inverse is a^254; that of zero is zero.
func inverse(a byte) byte {
	power, result := a, byte(1)
	for range 7 {
		power = multiply(power, power)
		result = multiply(result, power)
	}
	return result
}
