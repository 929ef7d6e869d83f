// Package plaindukpt derives AES-256 DUKPT keys as one would write the derivation
// of ANSI X9.24-3 down: on the heap, and left there. It is the baseline of the
// benchmark, and tells the scraper which working keys to look for, those that no
// package of the product ever returns among them.
//
// The scraper's keyring, tests and the benchmark import it. No program of the lane may.
package plaindukpt

import (
	"crypto/aes"
	"encoding/binary"
	"fmt"
)

// Usage is a key usage indicator of ANSI X9.24-3.
type Usage uint16

// The usages that a lane has.
const (
	PINEncryption   Usage = 0x1000
	MACGeneration   Usage = 0x2000
	MACVerification Usage = 0x2001
	DataEncryption  Usage = 0x3000
	derivation      Usage = 0x8000
)

// Transaction derives the key of the transaction with this counter from a
// device's initial key, 32 bytes.
func Transaction(initial []byte, id [8]byte, counter uint32) ([]byte, error) {
	key, reached := initial, uint32(0)
	for mask := uint32(1 << 31); mask != 0; mask >>= 1 {
		if counter&mask == 0 {
			continue
		}
		reached |= mask
		var err error
		if key, err = step(key, derivation, id, reached); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// Working derives the working key for one usage from a transaction's key.
func Working(transaction []byte, u Usage, id [8]byte, counter uint32) ([]byte, error) {
	return step(transaction, u, id, counter)
}

// step enciphers the derivation data: version, block number, usage, algorithm
// AES-256, length 256 bits, derivation id, counter.
func step(key []byte, u Usage, id [8]byte, counter uint32) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	data := binary.BigEndian.AppendUint16([]byte{1, 1}, uint16(u))
	data = append(data, 0, 4, 1, 0)
	data = append(data, id[4:]...)
	data = binary.BigEndian.AppendUint32(data, counter)
	out := make([]byte, 32)
	block.Encrypt(out, data)
	data[1] = 2
	block.Encrypt(out[16:], data)
	return out, nil
}
