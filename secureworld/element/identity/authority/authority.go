// Package authority issues the identities of elements, their clients and their MCUs:
// the manufacturer's side and the operator's, for provisioning and for tests.
//
// No element and no MCU may import it. An Authority must never leave the process that
// provisions.
package authority

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
)

// validity is of little weight, since elements have no clock (see package identity).
const validity = 10 * 365 * 24 * time.Hour

// Authority is one root.
type Authority struct {
	certificate *x509.Certificate
	key         func() ed25519.PrivateKey // behind a func, because printers open structs
}

// New makes a root of this name.
func New(name string) (*Authority, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	t, err := template(pkix.Name{CommonName: name})
	if err != nil {
		return nil, err
	}
	t.IsCA, t.BasicConstraintsValid, t.MaxPathLenZero = true, true, true
	t.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, t, t, public, key)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	return &Authority{c, func() ed25519.PrivateKey { return key }}, err
}

// Certificate is the root's own, DER.
func (a *Authority) Certificate() []byte { return a.certificate.Raw }

// issue certifies a key. Returned as DER.
func (a *Authority) issue(subject pkix.Name, key crypto.PublicKey) ([]byte, error) {
	t, err := template(subject)
	if err != nil {
		return nil, err
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	return x509.CreateCertificate(rand.Reader, t, a.certificate, key, a.key())
}

func template(subject pkix.Name) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial, Subject: subject,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(validity),
	}, nil
}

// WriteElement makes an element's identity of this id and make in folder.
func WriteElement(folder, id, model string, manufacturer, operator *Authority) error {
	key, err := writeKey(folder, "identity.key", manufacturer, operator)
	if err != nil {
		return err
	}
	subject := pkix.Name{CommonName: id, Organization: []string{model}, OrganizationalUnit: []string{identity.RoleElement}}
	made, err := manufacturer.issue(subject, key)
	if err != nil {
		return err
	}
	admitted, err := operator.issue(subject, key)
	if err != nil {
		return err
	}
	agreement, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	return errors.Join(
		writeCertificate(folder, "manufacturer.pem", made),
		writeCertificate(folder, "operator.pem", admitted),
		os.WriteFile(filepath.Join(folder, "agreement.key"), agreement.Bytes(), 0o600))
}

// WriteClient makes a client's identity in folder.
func WriteClient(folder, name string, manufacturer, operator *Authority) error {
	return writeHolder(folder, "client", name, identity.RoleClient, manufacturer, operator)
}

// WriteMCU makes an MCU's identity in folder.
func WriteMCU(folder, name string, manufacturer, operator *Authority) error {
	return writeHolder(folder, "mcu", name, identity.RoleMCU, manufacturer, operator)
}

func writeHolder(folder, file, name, role string, manufacturer, operator *Authority) error {
	key, err := writeKey(folder, file+".key", manufacturer, operator)
	if err != nil {
		return err
	}
	der, err := operator.issue(pkix.Name{CommonName: name, OrganizationalUnit: []string{role}}, key)
	if err != nil {
		return err
	}
	return writeCertificate(folder, file+".pem", der)
}

// writeKey makes the folder, both roots and a key.
func writeKey(folder, name string, manufacturer, operator *Authority) (ed25519.PublicKey, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	defer clear(der)
	return public, errors.Join(
		writePEM(folder, name, "PRIVATE KEY", der, 0o600),
		writeCertificate(folder, "manufacturer-ca.pem", manufacturer.Certificate()),
		writeCertificate(folder, "operator-ca.pem", operator.Certificate()))
}

func writeCertificate(folder, name string, der []byte) error {
	return writePEM(folder, name, "CERTIFICATE", der, 0o644)
}

func writePEM(folder, name, kind string, der []byte, mode os.FileMode) error {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	defer clear(text)
	return os.WriteFile(filepath.Join(folder, name), text, mode)
}
