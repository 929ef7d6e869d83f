package certificate

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"
)

const purposeRequest = "certificate-request"

// Request is what the owner of a key asks the manufacturer to certify. It is
// signed with that very key, so that nobody has another's key certified as his.
type Request struct {
	Role      Role     `json:"role"`
	Name      string   `json:"name"`
	PublicKey []byte   `json:"public_key"`
	Names     []string `json:"names,omitempty"` // a developer's applications
}

// SealRequest signs a request with the key that it is for.
func SealRequest(r Request, key crypto.Signer) ([]byte, error) {
	if !r.Role.known() || len(r.Names) > maxNames || r.Name == "" {
		return nil, errors.New("certificate request: malformed")
	}
	return seal(purposeRequest, r, key, nil)
}

// OpenRequest verifies that whoever made the request has the key.
func OpenRequest(raw []byte) (Request, error) {
	var r Request
	outer, err := parse(raw)
	if err != nil {
		return Request{}, fmt.Errorf("certificate request: %w", err)
	}
	if err := decode(outer.Body, &r); err != nil {
		return Request{}, fmt.Errorf("certificate request: %w", err)
	}
	switch {
	case !r.Role.known() || len(r.PublicKey) != ed25519.PublicKeySize || len(r.Names) > maxNames || r.Name == "":
		return Request{}, errors.New("certificate request: malformed")
	case !ed25519.Verify(r.PublicKey, message(purposeRequest, outer.Body), outer.Signature):
		return Request{}, fmt.Errorf("certificate request: %w", ErrSignature)
	}
	return r, nil
}

// Check verifies a certificate by itself, as its owner does who is given it.
func Check(raw []byte, manufacturer ed25519.PublicKey, role Role, now time.Time) (Certificate, error) {
	c, err := openCertificate(raw, manufacturer)
	if err != nil {
		return Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	return c, c.permits(role, now)
}
