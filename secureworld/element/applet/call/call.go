// Package call is the functions that an element has for its applets, by number, and the
// bytes that cross: both sides of package sdk import it.
//
//	number  request                                         answer
//	1       hmac: length(1) ‖ label ‖ data                  32 bytes
//	2       cmac: length(1) ‖ label ‖ data                  16 bytes
//	3       seal: length(1) ‖ label ‖ length(2) ‖ associated data ‖ plaintext   SIV ‖ ciphertext
//	4       open: the same with SIV ‖ ciphertext            plaintext
//	5       chance: count(2)                                so many bytes
//
// The answer takes the place of the request, in a buffer that has room for it. Labels
// name keys, and have 1 to MaxLabel bytes of any value.
//
// It holds no key.
package call

import "encoding/binary"

// Numbers of functions.
const (
	FnHMAC   uint32 = 1
	FnCMAC   uint32 = 2
	FnSeal   uint32 = 3
	FnOpen   uint32 = 4
	FnChance uint32 = 5
)

// Codes of refusals, apart from those of package tasdk.
const (
	CodeMalformed    int32 = -2001
	CodeNotPermitted int32 = -2002 // the manifest does not name it
	CodeSeal         int32 = -2003 // does not open
	CodeRoom         int32 = -2004 // the answer does not fit
)

// Limits.
const (
	// MaxLabel bounds a label: an identifier of 32 bytes, and a word.
	MaxLabel = 64
	// MaxChance bounds the bytes of one call.
	MaxChance = 1024
	// SealOverhead is what a sealed text is longer than its plaintext.
	SealOverhead = 16
)

// Append encodes a label and data onto dst; ok is false for a label that cannot be.
func Append(dst, label, data []byte) (out []byte, ok bool) {
	if len(label) == 0 || len(label) > MaxLabel {
		return dst, false
	}
	return append(append(append(dst, byte(len(label))), label...), data...), true
}

// Parse is the opposite of Append; the results alias b.
func Parse(b []byte) (label, data []byte, ok bool) {
	if len(b) == 0 || b[0] == 0 || b[0] > MaxLabel || int(b[0]) > len(b)-1 {
		return nil, nil, false
	}
	n := int(b[0])
	return b[1 : 1+n], b[1+n:], true
}

// AppendSeal encodes what seal and open work on.
func AppendSeal(dst, label, associated, text []byte) (out []byte, ok bool) {
	if len(associated) > 1<<16-1 {
		return dst, false
	}
	if out, ok = Append(dst, label, nil); !ok {
		return dst, false
	}
	out = binary.BigEndian.AppendUint16(out, uint16(len(associated)))
	return append(append(out, associated...), text...), true
}

// ParseSeal is the opposite of AppendSeal; the results alias b.
func ParseSeal(b []byte) (label, associated, text []byte, ok bool) {
	label, rest, ok := Parse(b)
	if !ok || len(rest) < 2 {
		return nil, nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(rest))
	if rest = rest[2:]; n > len(rest) {
		return nil, nil, nil, false
	}
	return label, rest[:n], rest[n:], true
}
