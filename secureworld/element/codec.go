package element

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// The verbs of every payment are encoded and decoded here by hand, since reflection
// costs more than their cryptography. The tests hold each to package frame, which has
// the word on what a body is; all other messages go through it.

// AppendRequest encodes a request onto dst. It is frame.Append, only quicker.
func AppendRequest(dst []byte, request any) ([]byte, error) {
	switch r := request.(type) {
	case TranslatePIN:
		return appendSlice(append(append(dst, r.KSN[:]...), r.Block[:]...), r.PAN, maxPAN)
	case OpenAccount:
		return appendSlice(append(dst, r.KSN[:]...), r.Sealed, MaxSealed)
	case MACGenerate:
		return appendSlice(append(dst, r.KSN[:]...), r.Data, MaxData)
	case MACVerify:
		out, err := appendSlice(append(dst, r.KSN[:]...), r.Data, MaxData)
		return append(out, r.MAC[:]...), err
	}
	return frame.Append(dst, request)
}

// ParseAnswer decodes the body of an answer into a pointer to its struct. It is
// frame.Parse, only quicker.
func ParseAnswer(body []byte, answer any) error {
	switch a := answer.(type) {
	case *Translated:
		return parseArray(a.Block[:], body)
	case *MAC:
		return parseArray(a.MAC[:], body)
	case *Verified:
		return parseArray(nil, body)
	case *Account:
		data, rest, ok := takeSlice(body, MaxSealed)
		if !ok || len(rest) != 0 {
			return frame.ErrLayout
		}
		a.Data = append([]byte(nil), data...)
		return nil
	}
	return frame.Parse(body, answer)
}

// The slices of what is parsed lie in the body.

func (r *TranslatePIN) parse(b []byte) (ok bool) {
	if len(b) < len(r.KSN)+len(r.Block) {
		return false
	}
	b = b[copy(r.KSN[:], b):]
	b = b[copy(r.Block[:], b):]
	r.PAN, b, ok = takeSlice(b, maxPAN)
	return ok && len(b) == 0
}

func (r *OpenAccount) parse(b []byte) (ok bool) {
	if len(b) < len(r.KSN) {
		return false
	}
	r.Sealed, b, ok = takeSlice(b[copy(r.KSN[:], b):], MaxSealed)
	return ok && len(b) == 0
}

func (r *MACGenerate) parse(b []byte) (ok bool) {
	if len(b) < len(r.KSN) {
		return false
	}
	r.Data, b, ok = takeSlice(b[copy(r.KSN[:], b):], MaxData)
	return ok && len(b) == 0
}

func (r *MACVerify) parse(b []byte) (ok bool) {
	if len(b) < len(r.KSN) {
		return false
	}
	r.Data, b, ok = takeSlice(b[copy(r.KSN[:], b):], MaxData)
	return ok && len(b) == copy(r.MAC[:], b) && len(b) == len(r.MAC)
}

// takeSlice takes a field of two bytes of length and at most limit bytes; an empty one
// is nil.
func takeSlice(b []byte, limit int) (field, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; n > limit || n > len(b) {
		return nil, nil, false
	}
	if n == 0 {
		return nil, b, true
	}
	return b[:n:n], b[n:], true
}

func appendSlice(dst, field []byte, limit int) ([]byte, error) {
	if len(field) > limit {
		return nil, frame.ErrTooLong
	}
	return append(append(dst, byte(len(field)>>8), byte(len(field))), field...), nil
}

func parseArray(to, body []byte) error {
	if len(body) != len(to) {
		return frame.ErrLayout
	}
	copy(to, body)
	return nil
}
