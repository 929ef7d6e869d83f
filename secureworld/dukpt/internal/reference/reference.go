// Package reference is a second, slow implementation of AES DUKPT that follows
// the text of ANSI X9.24-3 literally: derivation data as a string of fields,
// the host's walk, nothing shared with package derive.
//
// Only tests may import it. It keeps keys on the heap and erases nothing.
package reference

import (
	"crypto/aes"
	"encoding/binary"
	"fmt"
	"strconv"
)

// Length in bits of each algorithm, by algorithm indicator.
var lengths = map[int]int{0: 128, 1: 192, 2: 128, 3: 192, 4: 256}

// Create_Derivation_Data and Derive_Key of the standard in one: usage as four
// hexadecimal digits, the derived key's algorithm, the last eight bytes.
func deriveKey(deriving []byte, usage string, algorithm int, last []byte) []byte {
	b, err := aes.NewCipher(deriving)
	if err != nil {
		panic("reference: " + err.Error())
	}
	var key []byte
	for i := 1; len(key) < lengths[algorithm]/8; i++ {
		text := fmt.Sprintf("01%02X%s%04X%04X%X", i, usage, algorithm, lengths[algorithm], last)
		block := make([]byte, 16)
		for j := range block {
			n, err := strconv.ParseUint(text[2*j:2*j+2], 16, 8)
			if err != nil {
				panic("reference: " + err.Error())
			}
			block[j] = byte(n)
		}
		b.Encrypt(block, block)
		key = append(key, block...)
	}
	return key[:lengths[algorithm]/8]
}

// InitialKey derives an initial key from a base derivation key.
func InitialKey(bdk []byte, algorithm int, ikid []byte) []byte {
	return deriveKey(bdk, "8001", algorithm, ikid)
}

// Continue walks from key, that of the counter bits above bit from, down to
// bit 0 of counter. From 31 and an initial key it gives the transaction key.
func Continue(key []byte, algorithm int, ikid []byte, counter uint32, from int) []byte {
	for bit := from; bit >= 0; bit-- {
		if counter>>bit&1 == 1 {
			key = deriveKey(key, "8000", algorithm, tail(ikid, counter>>bit<<bit))
		}
	}
	return key
}

// TransactionKey is the key of one counter.
func TransactionKey(initial []byte, algorithm int, ikid []byte, counter uint32) []byte {
	return Continue(initial, algorithm, ikid, counter, 31)
}

// WorkingKey derives from a transaction key.
func WorkingKey(transaction []byte, usage string, algorithm int, ikid []byte, counter uint32) []byte {
	return deriveKey(transaction, usage, algorithm, tail(ikid, counter))
}

func tail(ikid []byte, counter uint32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte(nil), ikid[4:]...), counter)
}
