package payment

import (
	"encoding/base32"
	"errors"
	"io"
)

// ErrID reports a payment id that is not in its one written form.
var ErrID = errors.New("malformed payment id")

// ID names one payment. The app world draws it at random, so that a payment
// that it started and lost sight of can be asked for by name.
type ID [16]byte

var lower32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const idPrefix = "pay_"

// NewID draws an id from random.
func NewID(random io.Reader) (ID, error) {
	var id ID
	_, err := io.ReadFull(random, id[:])
	return id, err
}

// ParseID reads the text form; only the form that String writes is accepted.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != len(idPrefix)+26 || s[:len(idPrefix)] != idPrefix {
		return id, ErrID
	}
	n, err := lower32.Decode(id[:], []byte(s[len(idPrefix):]))
	if err != nil || n != len(id) || id.String() != s {
		return ID{}, ErrID
	}
	return id, nil
}

// String is "pay_" and 26 characters of lower-case base32.
func (id ID) String() string { return idPrefix + lower32.EncodeToString(id[:]) }

// Valid is true of every value: a message that names no payment carries the zero
// id.
func (id ID) Valid() bool { return true }

// Zero reports whether id names no payment.
func (id ID) Zero() bool { return id == ID{} }

// MarshalText writes the text form.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the text form.
func (id *ID) UnmarshalText(b []byte) error {
	v, err := ParseID(string(b))
	*id = v
	return err
}
