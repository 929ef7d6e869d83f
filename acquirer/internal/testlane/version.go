package testlane

import "bytes"

// Version is how a card makes its cryptograms.
type Version byte

// Versions, named by the number in 9F10.
const (
	Visa12  Version = iota // common session key
	Visa0A                 // card key, padding 00
	Visa11                 // the same over few data
	Visa22                 // as 12, other script keys
	MChip10                // session key with the unpredictable number
	MChip11                // and over the counters
	MChip14                // common session key
	MChip15
)

// Versions lists them.
func Versions() []Version {
	return []Version{Visa12, Visa0A, Visa11, Visa22, MChip10, MChip11, MChip14, MChip15}
}

func (v Version) mchip() bool { return v >= MChip10 }

// issuerData is 9F10 with bits in the first byte of the results.
func (v Version) issuerData(results byte) []byte {
	if v.mchip() {
		number := map[Version]byte{MChip10: 0x10, MChip11: 0x11, MChip14: 0x14, MChip15: 0x15}[v]
		return []byte{0x01, number, 0xA0 | results, 0, 0, 0x22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0x22, 0xFF}
	}
	number := map[Version]byte{Visa12: 0x12, Visa0A: 0x0A, Visa11: 0x11, Visa22: 0x22}[v]
	return []byte{0x06, 0x01, number, 0x03, 0xA0 | results, 0x00, 0x00}
}

// key of a cryptogram.
func (v Version) key(card, atc, un []byte) []byte {
	switch v {
	case Visa0A, Visa11:
		return card
	case MChip10, MChip11:
		return commonKey(card, append([]byte{atc[0], atc[1], 0, 0}, un...))
	}
	return sessionKey(card, atc)
}

// cryptogram covers input, which all have, and what of 9F10 the version adds.
func (v Version) cryptogram(card, amount, un, atc, input, iad []byte) []byte {
	key := v.key(card, atc, un)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	switch v {
	case Visa0A:
		return paddedMAC(key, join(input, iad[3:7]))
	case Visa11:
		return paddedMAC(key, join(amount, un, atc, iad[4:5]))
	case MChip10, MChip14:
		return retailMAC(key, join(input, iad[2:8]))
	case MChip11, MChip15:
		return retailMAC(key, join(input, iad[2:8], iad[10:18]))
	}
	return retailMAC(key, join(input, iad))
}

// accepts checks tag 91: method 2 where it has eight bytes, else method 1.
func (v Version) accepts(card, arqc, atc, data []byte) bool {
	session := sessionKey(card, atc)
	switch {
	case len(data) == 8 && !v.mchip():
		mac := retailMAC(session, append(bytes.Clone(arqc), data[4:]...))
		return bytes.Equal(mac[:4], data[:4]) && data[5]&0x80 != 0
	case len(data) != 10:
		return false
	}
	key := card
	if v == Visa12 || v == Visa22 || v == MChip14 || v == MChip15 {
		key = session
	}
	in := bytes.Clone(arqc)
	in[0] ^= data[8]
	in[1] ^= data[9]
	approves := string(data[8:]) == "00"
	if v.mchip() {
		approves = data[8] == 0 && data[9]&0x10 != 0
	}
	return bytes.Equal(tdes(key, in), data[:8]) && approves
}

func commonKey(card, r []byte) []byte {
	left, right := bytes.Clone(r), bytes.Clone(r)
	left[2], right[2] = 0xF0, 0x0F
	return odd(append(tdes(card, left), tdes(card, right)...))
}
