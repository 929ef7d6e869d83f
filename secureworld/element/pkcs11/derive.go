//go:build linux && cgo

package main

import (
	"encoding/binary"
	"math/bits"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Key usage indicators of the derivation data (ANSI X9.24-3). Directions are the
// terminal's.
const (
	usagePIN         = 0x1000
	usageMACGenerate = 0x2000
	usageMACVerify   = 0x2001
	usageData        = 0x3000
	usageDerivation  = 0x8000
	usageInitial     = 0x8001

	algorithmAES256 = 4
)

// derivationData is of an AES-256 key, which has two blocks.
func derivationData(usage uint16, id []byte, counter uint32) (d [keySize]byte) {
	for n := range keySize / blockSize {
		b := d[n*blockSize:]
		b[0], b[1] = 1, byte(n+1)
		binary.BigEndian.PutUint16(b[2:], usage)
		binary.BigEndian.PutUint16(b[4:], algorithmAES256)
		binary.BigEndian.PutUint16(b[6:], 8*keySize)
		if copy(b[8:16], id) < 8 {
			binary.BigEndian.PutUint32(b[12:], counter)
		}
	}
	return d
}

// workingKey walks from a base derivation key to a transaction's key of one usage,
// inside the token, and calls use with it. At any time it has two derived keys at
// most, and none when it returns.
func (s *session) workingKey(bdk pkcs11.ObjectHandle, ksn element.KSN, usage uint16, can uint, use func(pkcs11.ObjectHandle) error) error {
	counter := binary.BigEndian.Uint32(ksn[8:])
	if bdk == 0 || counter == 0 || bits.OnesCount32(counter) > maxOneBits {
		return element.CodeKey
	}
	key, err := s.derive(bdk, derivationData(usageInitial, ksn[:8], 0), pkcs11.CKA_DERIVE)
	for left, reached := counter, uint32(0); left != 0 && err == nil; {
		bit := uint32(1) << (bits.Len32(left) - 1)
		left, reached = left&^bit, reached|bit
		key, err = s.step(key, derivationData(usageDerivation, ksn[4:8], reached), pkcs11.CKA_DERIVE)
	}
	if err != nil {
		return err
	}
	if key, err = s.step(key, derivationData(usage, ksn[4:8], counter), can); err != nil {
		return err
	}
	defer s.destroy(key)
	return use(key)
}

// step derives and destroys the parent.
func (s *session) step(parent pkcs11.ObjectHandle, data [keySize]byte, can uint) (pkcs11.ObjectHandle, error) {
	defer s.destroy(parent)
	return s.derive(parent, data, can)
}
