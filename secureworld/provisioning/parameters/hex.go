package parameters

import (
	"bytes"
	"encoding/hex"
)

// Hex is bytes that JSON writes as hexadecimal digits in upper case.
type Hex []byte

// MarshalText gives hexadecimal digits.
func (h Hex) MarshalText() ([]byte, error) {
	return bytes.ToUpper(hex.AppendEncode(nil, h)), nil
}

// UnmarshalText reads hexadecimal digits.
func (h *Hex) UnmarshalText(b []byte) error {
	out, err := hex.AppendDecode(nil, b)
	if err != nil {
		return ErrMalformed
	}
	*h = out
	return nil
}
