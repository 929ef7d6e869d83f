// Package sensitive holds secret bytes in a form that no printer, logger or
// encoder can open.
//
// Bytes keeps its slice behind a func value. Redaction by method is not
// enough: package fmt prints the unexported fields of a struct by reflection
// and calls no method on them, so bytes or a pointer to bytes would appear
// there. Behind a func value it finds an address of code.
//
// This stops printing, not scraping: the bytes themselves belong in
// memfd_secret memory, which the caller provides.
//
// Every world but the app world may import it. It must never hold a Go string
// or give out a copy of what it holds.
package sensitive

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

var errEncoded = errors.New("sensitive: secret bytes have no encoding")

// Bytes holds secret bytes. The zero value holds none. Copies share the same
// bytes: Wipe on one wipes them for all. The func field also forbids ==.
type Bytes struct{ open func() *held }

// held is the one owner that all copies of a Bytes reach.
type held struct{ secret []byte }

// New takes ownership of b, which may lie in secret memory: the caller neither
// writes to it nor unmaps it before Wipe.
func New(b []byte) Bytes {
	h := &held{secret: b}
	return Bytes{open: func() *held { return h }}
}

// Use calls f with the bytes, or with nil after Wipe. f neither keeps the slice
// nor converts it to a string.
func (b Bytes) Use(f func([]byte)) { f(b.bytes()) }

// Len returns the number of bytes held, 0 after Wipe.
func (b Bytes) Len() int { return len(b.bytes()) }

// Equal reports in constant time whether both hold the same bytes. Two that
// hold nothing are not equal: a wiped secret must not match another.
func (b Bytes) Equal(other Bytes) bool {
	mine, theirs := b.bytes(), other.bytes()
	return len(mine) > 0 && subtle.ConstantTimeCompare(mine, theirs) == 1
}

// Wipe clears the bytes, for every copy, and lets go of them. A wiped secret is
// empty rather than all zeros, so that it cannot serve as a key by mistake.
func (b Bytes) Wipe() {
	if b.open == nil {
		return
	}
	h := b.open()
	clear(h.secret)
	h.secret = nil
}

func (b Bytes) bytes() []byte {
	if b.open == nil {
		return nil
	}
	return b.open().secret
}

// Format implements fmt.Formatter for every verb and flag.
func (Bytes) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue implements slog.LogValuer.
func (Bytes) LogValue() slog.Value { return slog.StringValue(redacted) }
