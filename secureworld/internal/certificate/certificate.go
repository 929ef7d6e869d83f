// Package certificate signs and opens the secure world's own documents: kernel
// manifests, application statements, licences and parameters. Ed25519 (RFC 8032), two
// levels: the manufacturer certifies a key for one role, that key signs
// documents of one purpose.
//
// A signed document is canonical JSON on one line; what does not encode back to
// the same bytes is refused:
//
//	{"body":{…},"certificate":{"body":{…},"signature":"…"},"signature":"…"}
//
// The outer signature is over "strongroom/" ‖ purpose ‖ 0x00 ‖ body, the inner
// one, by the manufacturer, over "strongroom/certificate" ‖ 0x00 ‖ body, so that
// no document can pass for another kind.
//
// Boot, the kernel and provisioning import it. It holds no private key longer
// than a call; signers may live in a PKCS#11 token (crypto.Signer).
package certificate

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Role is what a certified key may sign.
type Role string

// Roles.
const (
	RoleImage     Role = "image"
	RoleDeveloper Role = "developer"
	RoleLicence   Role = "licence"
	// RoleConfiguration is the customer's key for signed parameters.
	RoleConfiguration Role = "configuration"
	// RoleCountersignature is the customer's key for applications that he wants.
	RoleCountersignature Role = "countersignature"
	// RoleApplet is a developer's key for applets of secure elements, certified by an
	// operator's applet authority in place of a manufacturer.
	RoleApplet Role = "applet"
)

const (
	purposeCertificate = "certificate"
	// maxDocument bounds what is parsed; a manifest of 16 applications has 8 KiB.
	maxDocument = 64 << 10
	// maxNames bounds the names one developer may sign.
	maxNames = 16
)

// Why a document is refused, where a caller tells these apart.
var (
	ErrSignature = errors.New("signature does not verify")
	ErrNotYet    = errors.New("not valid yet")
	ErrExpired   = errors.New("expired")
)

// Certificate binds a key to a role and, for developers, to names.
type Certificate struct {
	Role      Role      `json:"role"`
	Name      string    `json:"name"`
	PublicKey []byte    `json:"public_key"`
	Names     []string  `json:"names,omitempty"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
}

// KeyID is the first 16 bytes of SHA-256 of a public key, in hexadecimal.
func KeyID(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:16])
}

// KeyID of the certified key.
func (c Certificate) KeyID() string { return KeyID(c.PublicKey) }

// MaySign tells whether the certificate covers this name.
func (c Certificate) MaySign(name string) bool {
	for _, n := range c.Names {
		if n == name {
			return true
		}
	}
	return false
}

type signed struct {
	Body        json.RawMessage `json:"body"`
	Certificate json.RawMessage `json:"certificate,omitempty"`
	Signature   []byte          `json:"signature"`
}

// Certify signs c with the manufacturer's key.
func Certify(c Certificate, manufacturer crypto.Signer) ([]byte, error) {
	c.NotBefore, c.NotAfter = c.NotBefore.UTC().Truncate(time.Second), c.NotAfter.UTC().Truncate(time.Second)
	if err := c.check(); err != nil {
		return nil, err
	}
	return seal(purposeCertificate, c, manufacturer, nil)
}

// Seal signs body as a document of this purpose; certificate is what Certify
// made for the key.
func Seal(purpose string, body any, key crypto.Signer, certificate []byte) ([]byte, error) {
	return seal(purpose, body, key, certificate)
}

func seal(purpose string, body any, key crypto.Signer, certificate []byte) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", purpose, err)
	}
	signature, err := key.Sign(rand.Reader, message(purpose, encoded), crypto.Hash(0))
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", purpose, err)
	}
	return json.Marshal(signed{Body: encoded, Certificate: certificate, Signature: signature})
}

// Open verifies a document: canonical, signed by a key that the manufacturer
// certified for role and that is valid at now. It fills body.
func Open(purpose string, raw []byte, manufacturer ed25519.PublicKey, role Role, now time.Time, body any) (Certificate, error) {
	outer, err := parse(raw)
	if err != nil {
		return Certificate{}, fmt.Errorf("%s: %w", purpose, err)
	}
	c, err := openCertificate(outer.Certificate, manufacturer)
	if err != nil {
		return Certificate{}, fmt.Errorf("certificate of %s: %w", purpose, err)
	}
	if err := c.permits(role, now); err != nil {
		return Certificate{}, fmt.Errorf("certificate of %s: %w", purpose, err)
	}
	if !ed25519.Verify(c.PublicKey, message(purpose, outer.Body), outer.Signature) {
		return Certificate{}, fmt.Errorf("%s: %w", purpose, ErrSignature)
	}
	if err := decode(outer.Body, body); err != nil {
		return Certificate{}, fmt.Errorf("%s: %w", purpose, err)
	}
	return c, nil
}

// Body reads a document whose signatures somebody whom one trusts has verified
// already, and from whom one has it: boot verifies, the kernel reads.
func Body(purpose string, raw []byte, body any) error {
	outer, err := parse(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", purpose, err)
	}
	if err := decode(outer.Body, body); err != nil {
		return fmt.Errorf("%s: %w", purpose, err)
	}
	return nil
}

func openCertificate(raw []byte, manufacturer ed25519.PublicKey) (Certificate, error) {
	var c Certificate
	if len(manufacturer) != ed25519.PublicKeySize {
		return c, errors.New("manufacturer's public key has a wrong length")
	}
	inner, err := parse(raw)
	if err != nil {
		return c, err
	}
	if !ed25519.Verify(manufacturer, message(purposeCertificate, inner.Body), inner.Signature) {
		return c, ErrSignature
	}
	if err := decode(inner.Body, &c); err != nil {
		return c, err
	}
	return c, c.check()
}

func (c Certificate) check() error {
	switch {
	case !c.Role.known():
		return errors.New("unknown role")
	case len(c.PublicKey) != ed25519.PublicKeySize:
		return errors.New("public key has a wrong length")
	case len(c.Names) > maxNames:
		return errors.New("too many names")
	case !c.NotAfter.After(c.NotBefore):
		return errors.New("validity ends before it begins")
	}
	return nil
}

func (r Role) known() bool {
	switch r {
	case RoleImage, RoleDeveloper, RoleLicence, RoleConfiguration, RoleCountersignature, RoleApplet:
		return true
	}
	return false
}

func (c Certificate) permits(role Role, now time.Time) error {
	switch {
	case c.Role != role:
		return errors.New("issued for another role")
	case now.Before(c.NotBefore):
		return ErrNotYet
	case now.After(c.NotAfter):
		return ErrExpired
	}
	return nil
}

func message(purpose string, body []byte) []byte {
	return append([]byte("strongroom/"+purpose+"\x00"), body...)
}

// parse reads a signed document; the bytes that are verified are the bytes that
// were read, since anything that encodes otherwise is refused.
func parse(raw []byte) (signed, error) {
	var s signed
	if len(raw) > maxDocument {
		return s, errors.New("document too large")
	}
	return s, decode(raw, &s)
}

// decode is strict JSON: known fields, nothing behind, canonical.
func decode(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return errors.New("malformed document")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("malformed document: more than one value")
	}
	again, err := json.Marshal(into)
	if err != nil || !bytes.Equal(again, raw) {
		return errors.New("document is not in canonical form")
	}
	return nil
}
