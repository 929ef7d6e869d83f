// Package signing signs a release of the secure world: the kernel's manifest,
// one statement for each trusted application, and the licence that binds the
// kernel to the app world's program; and the parameters of a terminal. Their forms are those of the packages
// image, licence and certificate below secureworld/internal, which nobody
// outside the secure world can import.
//
// The operator's command imports it, for a manufacturer of its own (a demo). A
// real manufacturer's keys lie in a PKCS#11 token: all that is asked of a key
// here is crypto.Signer. It must never write a private key, nor keep one longer
// than the Manufacturer lives.
package signing

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"time"
)

// Manufacturer holds the root key and the keys that it certifies, each Ed25519
// and for one role.
type Manufacturer struct {
	Root      crypto.Signer // certifies the others
	Image     crypto.Signer // signs kernel manifests
	Developer crypto.Signer // signs trusted applications
	Licence   crypto.Signer // signs licences

	Configuration    crypto.Signer // the customer's; signs parameters
	Countersignature crypto.Signer // the customer's; signs for applications that he wants
}

var errKey = errors.New("signing: not an Ed25519 key")

// RootKey is the public key that boot is given.
func (m Manufacturer) RootKey() (ed25519.PublicKey, error) {
	return public(m.Root)
}

func public(s crypto.Signer) (ed25519.PublicKey, error) {
	k, ok := s.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errKey
	}
	return k, nil
}

// certified is a key with its certificate for one role; names are the applications
// that a developer may sign.
func (m Manufacturer) certified(s crypto.Signer, role Role, valid Validity, names ...string) (Certified, error) {
	key, err := public(s)
	if err != nil {
		return Certified{}, err
	}
	cert, err := Certify(m.Root, Request{Role: role, Name: "demo " + string(role), PublicKey: key, Names: names}, valid)
	return Certified{s, cert}, err
}

// Validity is from when until when a release may run.
type Validity struct{ From, Until time.Time }
