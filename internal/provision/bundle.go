package provision

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Requests are what one role asks the manufacturer to certify.
type Requests struct {
	Requests []json.RawMessage `json:"requests"`
}

// Certificates are the manufacturer's answer: his public key, and a certificate
// for each role of a key.
type Certificates struct {
	Manufacturer string                     `json:"manufacturer"` // Ed25519, hexadecimal
	Certificates map[string]json.RawMessage `json:"certificates"`
}

const (
	// maxBundle is many times three certificates.
	maxBundle = 64 << 10
	// maxRequests is what a customer has, and some more.
	maxRequests = 8
)

// Errors of what roles give each other.
var (
	ErrBundle     = errors.New("this file is not what one role gives another")
	errNoneNeeded = errors.New("these certificates are for another role")
)

func errNotCertified(key string) error {
	return fmt.Errorf("key %s has no certificate yet: ask the manufacturer to certify it, and accept his answer", key)
}

func parseBundle(b []byte, v any) error {
	if len(b) > maxBundle {
		return ErrBundle
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(v) != nil || d.More() {
		return ErrBundle
	}
	return nil
}

func parseRequests(b []byte) (Requests, error) {
	var r Requests
	if err := parseBundle(b, &r); err != nil || len(r.Requests) == 0 || len(r.Requests) > maxRequests {
		return Requests{}, ErrBundle
	}
	return r, nil
}

func parseCertificates(b []byte) (Certificates, ed25519.PublicKey, error) {
	var c Certificates
	if err := parseBundle(b, &c); err != nil || len(c.Certificates) == 0 || len(c.Certificates) > maxRequests {
		return Certificates{}, nil, ErrBundle
	}
	root, err := hex.DecodeString(c.Manufacturer)
	if err != nil || len(root) != ed25519.PublicKeySize {
		return Certificates{}, nil, ErrBundle
	}
	return c, root, nil
}

// encodeBundle keeps the documents byte for byte: they are canonical and signed.
func encodeBundle(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(true) // as in the documents within
	err := e.Encode(v)
	return b.Bytes(), err
}
