package ceremony

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
)

// Names in the certificates of the two servers of a lane.
const (
	DoorsName = "secureworld"   // towards reader and PIN pad
	HostName  = "acquirer.demo" // towards the terminal
)

// years is how long a demo's certificates last.
const years = 5

// authority certifies one kind of peers: devices, or both ends of the host link.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  []byte
	now  time.Time
}

func newAuthority(name string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("drawing an authority's key: %w", err)
	}
	a := &authority{key: key, now: now}
	t, err := a.template(name)
	if err != nil {
		return nil, err
	}
	t.IsCA, t.BasicConstraintsValid, t.MaxPathLenZero = true, true, true
	t.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certifying an authority: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a.pem = certificatePEM(der)
	return a, nil
}

// template is valid from an hour ago: the clocks of a lane's machines differ.
func (a *authority) template(name string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Strongroom demo"}},
		NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.AddDate(years, 0, 0),
	}, nil
}

// identity is a certificate with its key.
type identity struct {
	cert []byte // PEM
	der  []byte // PKCS #8
}

func (i identity) keyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: i.der})
}

// server certifies a listener by its DNS name, client a dialler by its common
// name.
func (a *authority) server(name string) (identity, error) {
	return a.issue(name, func(t *x509.Certificate) {
		t.DNSNames, t.ExtKeyUsage = []string{name}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
}

func (a *authority) client(name string) (identity, error) {
	return a.issue(name, func(t *x509.Certificate) {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
}

// attestor certifies a key that signs reports, and no TLS.
func (a *authority) attestor(name string) (identity, error) {
	return a.issue(name, func(t *x509.Certificate) {
		t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{attestation.Purpose()}
	})
}

func (a *authority) issue(name string, as func(*x509.Certificate)) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("drawing a key for %s: %w", name, err)
	}
	t, err := a.template(name)
	if err != nil {
		return identity{}, err
	}
	t.KeyUsage, t.BasicConstraintsValid = x509.KeyUsageDigitalSignature, true
	as(t)
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return identity{}, fmt.Errorf("certifying %s: %w", name, err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	return identity{certificatePEM(der), private}, err
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func pkcs8(key *ecdsa.PrivateKey) ([]byte, error) { return x509.MarshalPKCS8PrivateKey(key) }
