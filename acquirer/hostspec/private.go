package hostspec

import "errors"

// Elements of DE 48.
const (
	PrivateKSN        byte = 0x01 // the terminal's KSN of this message, 12 bytes
	PrivatePINKSN     byte = 0x02 // the PIN pad's KSN of DE 52, 12 bytes
	PrivateAccount    byte = 0x03 // sealed account data, see TagTrack2
	PrivateReason     byte = 0x04 // reversal reason, 4 digits ASCII
	PrivateJournal    byte = 0x05 // sign-on: journal length (8) and head (32)
	PrivateToken      byte = 0x06 // token of the card, 16 bytes: entry mode 10 charges the card, another has it kept
	PrivateLast       byte = 0x07 // capture: 1 byte, 01: the last, what is still held is released; 00: more may follow
	PrivatePartial    byte = 0x08 // 1 byte, 01: less than DE 4 may be approved
	PrivateOriginal   byte = 0x09 // DE 37 of the payment that DE 90 names, 12 bytes
	PrivatePage       byte = 0x0a // 0600: which page of items, from 0, 2 bytes
	PrivateTopCounter byte = 0x11 // 0810: highest KSN counter the host has seen, 4 bytes
	PrivateTopSTAN    byte = 0x12 // 0810: highest STAN in the batch, 4 bytes
	PrivateTopRRN     byte = 0x13 // 0810: highest RRN, 8 bytes
	PrivateTopJournal byte = 0x14 // 0810: journal length (8) and head (32) of the last sign-on
	PrivateRefusal    byte = 0x15 // 0810: why the evidence was refused, 1 byte; see attestation.Reason
)

// Elements of a 0610.
const (
	PrivateItems byte = 0x16 // at most ItemsPerPage items of ItemSize bytes
	PrivateMore  byte = 0x17 // 1 byte, 01: another page follows
)

// KSNSize is the length of an AES DUKPT key serial number.
const KSNSize = 12

// Element is one part of DE 48.
type Element struct {
	Tag   byte
	Value []byte
}

// ErrPrivate reports a malformed DE 48.
var ErrPrivate = errors.New("hostspec: malformed private composite")

// AppendPrivate writes elements, whose tags must rise.
func AppendPrivate(dst []byte, elements ...Element) []byte {
	for _, e := range elements {
		dst = append(dst, e.Tag, byte(len(e.Value)>>8), byte(len(e.Value)))
		dst = append(dst, e.Value...)
	}
	return dst
}

// ParsePrivate reads elements; values are slices of b. Tags must rise, so that
// there is one encoding.
func ParsePrivate(b []byte) ([]Element, error) {
	var out []Element
	for last := 0; len(b) > 0; {
		if len(b) < 3 || int(b[0]) <= last {
			return nil, ErrPrivate
		}
		n := int(b[1])<<8 | int(b[2])
		if len(b) < 3+n {
			return nil, ErrPrivate
		}
		last = int(b[0])
		out = append(out, Element{Tag: b[0], Value: b[3 : 3+n : 3+n]})
		b = b[3+n:]
	}
	return out, nil
}

// FindPrivate returns the value of a tag, nil if there is none.
func FindPrivate(elements []Element, tag byte) []byte {
	for _, e := range elements {
		if e.Tag == tag {
			return e.Value
		}
	}
	return nil
}
