package virtualcard

import (
	"crypto/cipher"
	"crypto/des" //nolint:gosec // EMV cards of this kind use TDES
	"encoding/binary"
	"math/bits"
)

// CardKey derives the card master key from an issuer master key of 16 bytes
// (EMV 4.4 Book 2, Annex A1.4.1, option A). pan is digits; psn is 0 to 99.
func CardKey(issuerMaster []byte, pan string, psn byte) []byte {
	y := digitBlock(pan, psn)
	key := make([]byte, 16)
	tdes := newTDES(issuerMaster)
	tdes.Encrypt(key[:8], y[:])
	for i := range y {
		y[i] ^= 0xFF
	}
	tdes.Encrypt(key[8:], y[:])
	oddParity(key)
	return key
}

// digitBlock is the rightmost 16 digits of PAN and sequence number, packed,
// zeros in front.
func digitBlock(pan string, psn byte) (y [8]byte) {
	digits := pan + string([]byte{'0' + psn/10%10, '0' + psn%10})
	for i, at := len(digits)-1, 15; i >= 0 && at >= 0; i, at = i-1, at-1 {
		y[at/2] |= (digits[i] - '0') << (4 * (1 - at%2))
	}
	return y
}

// SessionKey derives the common session key for a transaction counter (EMV
// 4.4 Book 2, Annex A1.3.1).
func SessionKey(cardKey []byte, atc uint16) []byte {
	var r [8]byte
	binary.BigEndian.PutUint16(r[:], atc)
	return sessionKey(cardKey, r)
}

func sessionKey(cardKey []byte, r [8]byte) []byte {
	key := make([]byte, 16)
	tdes := newTDES(cardKey)
	r[2] = 0xF0
	tdes.Encrypt(key[:8], r[:])
	r[2] = 0x0F
	tdes.Encrypt(key[8:], r[:])
	oddParity(key)
	return key
}

// RetailMAC is ISO/IEC 9797-1 MAC algorithm 3 with padding method 2, 8 bytes.
func RetailMAC(key, data []byte) []byte {
	return retailMAC(key, append(append(make([]byte, 0, len(data)+8), data...), 0x80))
}

// retailMAC fills up with zeros: padding method 1.
func retailMAC(key, padded []byte) []byte {
	for len(padded)%8 != 0 {
		padded = append(padded, 0)
	}
	left, right := newDES(key[:8]), newDES(key[8:16])
	mac := make([]byte, 8)
	for ; len(padded) > 0; padded = padded[8:] {
		for i := range mac {
			mac[i] ^= padded[i]
		}
		left.Encrypt(mac, mac)
	}
	right.Decrypt(mac, mac)
	left.Encrypt(mac, mac)
	return mac
}

// ARPC1 is method 1: 8 bytes (EMV 4.4 Book 2, clause 8.2.1).
func ARPC1(key, arqc []byte, arc [2]byte) []byte {
	out := append([]byte(nil), arqc[:8]...)
	out[0] ^= arc[0]
	out[1] ^= arc[1]
	newTDES(key).Encrypt(out, out)
	return out
}

// ARPC2 is method 2: 4 bytes over the ARQC and the status update with any
// proprietary data behind it (EMV 4.4 Book 2, clause 8.2.2).
func ARPC2(key, arqc, status []byte) []byte {
	return RetailMAC(key, append(append([]byte(nil), arqc...), status...))[:4]
}

func newDES(key []byte) cipher.Block {
	b, err := des.NewCipher(key) //nolint:gosec // EMV cards of this kind use TDES
	if err != nil {
		panic("virtualcard: internal error: key length")
	}
	return b
}

func newTDES(key []byte) cipher.Block {
	whole := append(append([]byte(nil), key[:16]...), key[:8]...)
	defer clear(whole)
	b, err := des.NewTripleDESCipher(whole) //nolint:gosec // EMV cards of this kind use TDES
	if err != nil {
		panic("virtualcard: internal error: key length")
	}
	return b
}

func oddParity(key []byte) {
	for i, b := range key {
		key[i] = b&0xFE | byte(1^bits.OnesCount8(b>>1)&1)
	}
}
