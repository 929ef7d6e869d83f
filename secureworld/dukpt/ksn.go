package dukpt

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// maxOneBits bounds the derivations per key; the counter skips other values.
// ANSI X9.24-3, transaction counter.
const maxOneBits = 16

var (
	errKSNLength  = errors.New("dukpt: a key serial number has 12 bytes")
	errKSNCounter = errors.New("dukpt: no transaction has this counter")
)

// KSN is a key serial number: initial key id and transaction counter. It is a
// value and not a secret; deriving never changes the caller's.
type KSN [12]byte

// ParseKSN refuses another length than 12 and counters that no transaction has
// (ValidCounter).
func ParseKSN(b []byte) (KSN, error) {
	if len(b) != len(KSN{}) {
		return KSN{}, errKSNLength
	}
	k := KSN(b)
	if !ValidCounter(k.Counter()) {
		return KSN{}, errKSNCounter
	}
	return k, nil
}

// NewKSN joins the two parts. It refuses counters that no transaction has.
func NewKSN(ikid [8]byte, counter uint32) (KSN, error) {
	if !ValidCounter(counter) {
		return KSN{}, errKSNCounter
	}
	return joinKSN(ikid, counter), nil
}

func joinKSN(ikid [8]byte, counter uint32) (k KSN) {
	copy(k[:], ikid[:])
	binary.BigEndian.PutUint32(k[8:], counter)
	return k
}

// InitialKeyID returns BDK id and derivation id: which device, which key.
func (k KSN) InitialKeyID() [8]byte { return [8]byte(k[:8]) }

// Counter returns the transaction counter.
func (k KSN) Counter() uint32 { return binary.BigEndian.Uint32(k[8:]) }

// derivationID is what the derivation data of transaction keys end with:
// derivation id and counter.
func (k KSN) derivationID() [8]byte { return [8]byte(k[4:]) }

// ValidCounter reports whether a transaction can have counter c: not 0, and at
// most 16 one-bits.
func ValidCounter(c uint32) bool { return c != 0 && bits.OnesCount32(c) <= maxOneBits }

// NextCounter returns the valid counter that follows the valid counter c, or
// false after FFFF0000, when the initial key is used up, and for an invalid c.
func NextCounter(c uint32) (uint32, bool) {
	if !ValidCounter(c) {
		return 0, false
	}
	step := uint32(1)
	if bits.OnesCount32(c) == maxOneBits {
		step = c & -c // values between have more one-bits
	}
	return c + step, c+step != 0
}

// Left returns how many transactions an initial key has left when the highest counter
// that was used is c; c is 0 for a fresh one.
func Left(c uint32) uint32 {
	if c == 0xFFFFFFFF {
		return 0
	}
	return countersFrom(c + 1)
}

// countersFrom returns how many valid counters are not below c, c not 0.
func countersFrom(c uint32) uint32 {
	const all = 2448023843 // counters with at most 16 one-bits, 0 included
	return all - countersBelow(c)
}

// countersBelow returns how many values below c, 0 included, have at most 16
// one-bits: for each one-bit of c, those that agree above it and are free below.
func countersBelow(c uint32) (n uint32) {
	above := 0
	for c != 0 {
		at := bits.Len32(c) - 1
		for ones := range maxOneBits - above + 1 {
			n += binomial(at, ones)
		}
		above++
		c &^= 1 << at
	}
	return n
}

// binomial returns n over k; n is below 32, so each step fits in 64 bits.
func binomial(n, k int) uint32 {
	b := uint64(1)
	for i := range k {
		b = b * uint64(n-i) / uint64(i+1) //nolint:gosec // 0 at i = n, so never negative
		if b == 0 {
			return 0
		}
	}
	return uint32(b)
}
