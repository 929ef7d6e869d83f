package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// What a holder of a certificate may be: the organizational unit of its subject.
const (
	RoleElement = "element"
	RoleClient  = "client"
	RoleMCU     = "mcu"
)

// ErrCertificate says that no authority vouches for a key in that role.
var ErrCertificate = errors.New("identity: not certified")

// Authorities are the two roots.
type Authorities struct {
	Manufacturer, Operator *x509.Certificate
}

// Holder is what certificates say of a key.
type Holder struct {
	Name string // of an element: its id
	Make string // of an element alone
	Key  ed25519.PublicKey
}

// Element verifies the two certificates of an element, DER.
func (a Authorities) Element(manufacturer, operator []byte) (Holder, error) {
	made, err := certified(a.Manufacturer, manufacturer, RoleElement)
	if err != nil {
		return Holder{}, err
	}
	admitted, err := certified(a.Operator, operator, RoleElement)
	if err != nil || !admitted.Key.Equal(made.Key) || admitted.Name != made.Name || made.Make == "" {
		return Holder{}, ErrCertificate
	}
	return made, nil
}

// Member verifies what an Identity says against its certificates, but not its
// signature, which is for the one who drew the nonce.
func (a Authorities) Member(i *door.Identity) (Holder, error) {
	h, err := a.Element(i.Manufacturer, i.Operator)
	if err != nil || h.Make != string(i.Make) {
		return Holder{}, ErrCertificate
	}
	return h, nil
}

// Identity verifies an answer to Identify with this nonce.
func (a Authorities) Identity(nonce *[32]byte, i *door.Identity) (Holder, error) {
	h, err := a.Member(i)
	if err != nil || !ed25519.Verify(h.Key, door.IdentityInput(nil, nonce, i), i.Signature[:]) {
		return Holder{}, ErrCertificate
	}
	return h, nil
}

// Client verifies a client's certificate, DER.
func (a Authorities) Client(der []byte) (Holder, error) {
	return certified(a.Operator, der, RoleClient)
}

// MCU verifies an MCU's certificate, DER.
func (a Authorities) MCU(der []byte) (Holder, error) { return certified(a.Operator, der, RoleMCU) }

func certified(by *x509.Certificate, der []byte, role string) (Holder, error) {
	if by == nil || len(der) > door.MaxCertificate {
		return Holder{}, ErrCertificate
	}
	c, err := x509.ParseCertificate(der)
	if err != nil || c.IsCA || c.CheckSignatureFrom(by) != nil {
		return Holder{}, ErrCertificate
	}
	key, ok := c.PublicKey.(ed25519.PublicKey)
	unit := c.Subject.OrganizationalUnit
	if !ok || len(unit) != 1 || unit[0] != role {
		return Holder{}, ErrCertificate
	}
	h := Holder{Name: c.Subject.CommonName, Key: key}
	if len(c.Subject.Organization) == 1 {
		h.Make = c.Subject.Organization[0]
	}
	return h, nil
}
