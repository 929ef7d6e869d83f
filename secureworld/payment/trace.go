package payment

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// STAN is the system trace audit number (ISO 8583:1987, DE 11, n 6): 1 to
// 999999, unique within terminal and batch. Zero means none was issued.
type STAN uint32

// Valid checks the range.
func (s STAN) Valid() bool { return s <= 999_999 }

// String is six digits.
func (s STAN) String() string { return fmt.Sprintf("%06d", uint32(s)) }

// Next wraps from 999999 to 1.
func (s STAN) Next() STAN {
	if s >= 999_999 {
		return 1
	}
	return s + 1
}

// RRN is the retrieval reference number (DE 37, twelve digits here), never used
// twice by a terminal. Zero means none was issued.
type RRN uint64

// Valid checks that it has at most twelve digits.
func (r RRN) Valid() bool { return r <= 999_999_999_999 }

// String is twelve digits.
func (r RRN) String() string { return fmt.Sprintf("%012d", uint64(r)) }

// Batch numbers the settlement batch, 1 to 999999.
type Batch uint32

// Valid checks the range.
func (b Batch) Valid() bool { return b <= 999_999 }

// TerminalID is DE 41 (ans 8), set by signed configuration.
type TerminalID [8]byte

// Valid reports whether every byte is a letter, a digit or a space.
func (t TerminalID) Valid() bool { return zeroOr(t[:], alphanumericOrSpace) }

// String drops trailing spaces.
func (t TerminalID) String() string { return trimmed(t[:]) }

// MarshalText writes the trimmed form.
func (t TerminalID) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MerchantID is DE 42 (ans 15), set by signed configuration.
type MerchantID [15]byte

// Valid reports whether every byte is a letter, a digit or a space.
func (m MerchantID) Valid() bool { return zeroOr(m[:], alphanumericOrSpace) }

// String drops trailing spaces.
func (m MerchantID) String() string { return trimmed(m[:]) }

// MarshalText writes the trimmed form.
func (m MerchantID) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ApprovalCode is DE 38 (an 6), given by the issuer; zero where there is none.
type ApprovalCode [6]byte

// Valid reports whether it is unset or of letters, digits and spaces.
func (a ApprovalCode) Valid() bool { return zeroOr(a[:], alphanumericOrSpace) }

// Whole reports whether it is six letters and digits, as a person reads it out.
func (a ApprovalCode) Whole() bool {
	return a.Valid() && len(a.String()) == len(a) && !bytes.Contains(a[:], []byte{' '})
}

// ErrApprovalCode reports what is not six letters and digits.
var ErrApprovalCode = errors.New("payment: malformed approval code")

// ParseApprovalCode reads one that a person was told; small letters are capitals.
func ParseApprovalCode(s string) (a ApprovalCode, err error) {
	copy(a[:], strings.ToUpper(s))
	if len(s) != len(a) || !a.Whole() {
		return ApprovalCode{}, ErrApprovalCode
	}
	return a, nil
}

// String drops trailing spaces.
func (a ApprovalCode) String() string { return trimmed(a[:]) }

// MarshalText writes the trimmed form.
func (a ApprovalCode) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// ResponseCode is DE 39 (an 2) as the host gave it; zero where there is none.
type ResponseCode [2]byte

// Valid reports whether it is unset or of letters and digits.
func (r ResponseCode) Valid() bool { return zeroOr(r[:], alphanumericOrSpace) }

// String is the two characters, empty where there is none.
func (r ResponseCode) String() string { return trimmed(r[:]) }

// MarshalText writes the two characters.
func (r ResponseCode) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func zeroOr(b []byte, ok func(byte) bool) bool {
	zero, good := true, true
	for _, c := range b {
		zero = zero && c == 0
		good = good && ok(c)
	}
	return zero || good
}

func alphanumericOrSpace(c byte) bool {
	return c == ' ' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func trimmed(b []byte) string {
	n := len(b)
	for n > 0 && (b[n-1] == ' ' || b[n-1] == 0) {
		n--
	}
	return string(b[:n])
}
