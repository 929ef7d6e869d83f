// Package deviceca is a certification authority of devices: readers, PIN pads,
// secure worlds and terminals. A certificate is for one purpose; every one is in
// the register before it is given out, and a list of those revoked is signed anew
// with each revocation.
//
//	register   one JSON line for each certificate and each revocation
//	ca.pem     the authority's own certificate
//	ca.crl     the list (RFC 5280, section 5), PEM
//
// The operator's command and the demo's ceremony import it. The authority's key is
// a crypto.Signer, ECDSA P-256, which may lie in a token; nothing is kept of it.
package deviceca

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/remoteload"
)

// Purpose is what a certificate is good for.
type Purpose string

// Purposes.
const (
	Reader      Purpose = "reader"      // dials the secure world
	PINPad      Purpose = "pinpad"      // dials the secure world
	SecureWorld Purpose = "secureworld" // listens to its devices
	Terminal    Purpose = "terminal"    // dials the acquirer, or the mailbox from a container
	Acquirer    Purpose = "acquirer"    // listens to terminals
	Attestation Purpose = "attestation" // signs reports, and no TLS
	KeyReceiver Purpose = "keyreceiver" // receives keys from afar (TR-34), and no TLS
	KeyHost     Purpose = "keyhost"     // distributes keys, and no TLS
)

// purposes tells what each is in X.509's words.
func purposes() map[Purpose]func(t *x509.Certificate, name string) {
	client := func(t *x509.Certificate, _ string) {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	server := func(t *x509.Certificate, name string) {
		t.DNSNames, t.ExtKeyUsage = []string{name}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	return map[Purpose]func(*x509.Certificate, string){
		Reader: client, PINPad: client, Terminal: client, SecureWorld: server, Acquirer: server,
		Attestation: func(t *x509.Certificate, _ string) {
			t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{attestation.Purpose()}
		},
		KeyReceiver: func(t *x509.Certificate, _ string) {
			t.KeyUsage = x509.KeyUsageKeyEncipherment
			t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{remoteload.Purpose()}
		},
		KeyHost: func(t *x509.Certificate, _ string) {
			t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{remoteload.Purpose()}
		},
	}
}

// Keeper is where an authority keeps its files.
type Keeper interface {
	Get(name string) ([]byte, error)
	Put(name string, b []byte) error
}

const (
	certificateFile = "ca.pem"
	registerFile    = "register"
	listFile        = "ca.crl"

	// years is how long a certificate lasts; a device that is older gets another.
	years = 5
	// listDays is how long a list of revocations is good for.
	listDays = 90
)

// ErrKnown says that a name has a certificate of this purpose that is good.
var ErrKnown = errors.New("this name has a certificate of this purpose; revoke it first")

// Authority is an authority with its key.
type Authority struct {
	key    crypto.Signer
	keeper Keeper
	cert   *x509.Certificate
	now    func() time.Time
	issued []Entry
}

// Create certifies the authority by itself.
func Create(name string, key crypto.Signer, keeper Keeper, now func() time.Time) (*Authority, error) {
	a := &Authority{key: key, keeper: keeper, now: now}
	t, err := a.template(name)
	if err != nil {
		return nil, err
	}
	t.IsCA, t.BasicConstraintsValid, t.MaxPathLenZero = true, true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certifying the authority: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	return a, errors.Join(keeper.Put(certificateFile, certificatePEM(der)), keeper.Put(registerFile, nil))
}

// Open takes an authority up again. key may be nil, to look only.
func Open(key crypto.Signer, keeper Keeper, now func() time.Time) (*Authority, error) {
	a := &Authority{key: key, keeper: keeper, now: now}
	b, err := keeper.Get(certificateFile)
	if err != nil {
		return nil, fmt.Errorf("reading the authority's certificate: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("the authority's certificate is damaged")
	}
	if a.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, errors.New("the authority's certificate is damaged")
	}
	a.issued, err = a.readRegister()
	return a, err
}

// PEM is the authority's own certificate.
func (a *Authority) PEM() []byte { return certificatePEM(a.cert.Raw) }

// template is valid from an hour ago: the clocks of a lane's machines differ.
func (a *Authority) template(name string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Strongroom"}},
		NotBefore: a.now().Add(-time.Hour), NotAfter: a.now().AddDate(years, 0, 0),
	}, nil
}

// Issue certifies a key for one purpose and returns the certificate, PEM. It is in
// the register, on the disk, before it is returned.
func (a *Authority) Issue(p Purpose, name string, key crypto.PublicKey) ([]byte, error) {
	as := purposes()[p]
	if as == nil || name == "" {
		return nil, fmt.Errorf("no certificate is for purpose %q", p)
	}
	for _, e := range a.issued {
		if e.Name == name && e.Purpose == p && e.Revoked == nil && p != SecureWorld {
			return nil, fmt.Errorf("%s %s: %w", p, name, ErrKnown)
		}
	}
	t, err := a.template(name)
	if err != nil {
		return nil, err
	}
	t.Subject.OrganizationalUnit = []string{string(p)}
	t.KeyUsage, t.BasicConstraintsValid = x509.KeyUsageDigitalSignature, true
	as(t, name)
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("certifying %s: %w", name, err)
	}
	return certificatePEM(der), a.register(Entry{Serial: serialText(t.SerialNumber), Purpose: p, Name: name, NotAfter: t.NotAfter.UTC().Truncate(time.Second)})
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
