package payment

import "encoding/hex"

// CheckValue is the check value of a key: the first five bytes of the CMAC of a zero
// block under it (ANSI X9.143), which tell two keys apart and nothing of either.
type CheckValue [5]byte

// Valid accepts every value.
func (CheckValue) Valid() bool { return true }

// String is ten hexadecimal digits.
func (v CheckValue) String() string { return hex.EncodeToString(v[:]) }

// MarshalText writes the digits.
func (v CheckValue) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
