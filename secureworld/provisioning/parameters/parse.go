package parameters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Why a document is refused.
var (
	ErrMalformed = errors.New("parameters: malformed, or not in canonical form")
	ErrTooLarge  = errors.New("parameters: too large")
	ErrValue     = errors.New("parameters: a value is out of its range")
	ErrKeys      = errors.New("parameters: a key of a certification authority is refused")
	ErrTestKey   = errors.New("parameters: a published test key, and this is no test")
	ErrNotYet    = errors.New("parameters: not valid yet")
	ErrExpired   = errors.New("parameters: expired")
)

// Parse reads a body whose signature somebody whom one trusts has verified. What
// it accepts is checked and encodes back to the same bytes.
func Parse(body []byte) (Document, error) {
	var d Document
	if len(body) > MaxBody {
		return d, ErrTooLarge
	}
	r := json.NewDecoder(bytes.NewReader(body))
	r.DisallowUnknownFields()
	if r.Decode(&d) != nil {
		return Document{}, ErrMalformed
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return Document{}, ErrMalformed
	}
	again, err := json.Marshal(d)
	if err != nil || !bytes.Equal(again, body) {
		return Document{}, ErrMalformed
	}
	return d, d.Check()
}

// Encode is the canonical form: what is signed, and what the reader is given.
func (d Document) Encode() ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("parameters: encode: %w", err)
	}
	if len(body) > MaxBody {
		return nil, ErrTooLarge
	}
	return body, nil
}

// InForce reports whether the document may be used at now.
func (d Document) InForce(now time.Time) error {
	switch {
	case !d.NotBefore.IsZero() && now.Before(d.NotBefore):
		return ErrNotYet
	case !d.NotAfter.IsZero() && now.After(d.NotAfter):
		return ErrExpired
	}
	return nil
}
