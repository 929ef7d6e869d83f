// Package linktest is the other end of the kernel's lines in their tests: an
// authority that certifies whom a test wants, and a device that speaks a door.
//
// Only tests import it. Its keys are worth nothing and live as long as a test.
package linktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// ServerName is that of every certificate of a server.
const ServerName = "line.test"

// Authority certifies.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Identity is a certificate with its key.
type Identity struct {
	Chain string // PEM
	Key   *ecdsa.PrivateKey
	TLS   tls.Certificate
}

// NewAuthority makes one.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{key: newKey(t)}
	template := certificate("authority")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	a.cert = signed(t, template, template, &a.key.PublicKey, a.key)
	return a
}

// PEM is the authority's certificate.
func (a *Authority) PEM() string { return encoded(a.cert.Raw) }

// Pool trusts this authority alone.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// Certify makes an identity for both ends of TLS, changed by the test.
func (a *Authority) Certify(t testing.TB, name string, changes ...func(*x509.Certificate)) Identity {
	t.Helper()
	key, template := newKey(t), certificate(name)
	template.DNSNames = []string{ServerName}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	for _, change := range changes {
		change(template)
	}
	der := signed(t, template, a.cert, &key.PublicKey, a.key).Raw
	return Identity{Chain: encoded(der), Key: key, TLS: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}
}

// Expired makes a certificate of yesterday.
func Expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
}

func certificate(name string) *x509.Certificate {
	serial := make([]byte, 16)
	_, _ = rand.Read(serial)
	return &x509.Certificate{SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
}

func signed(t testing.TB, template, parent *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func encoded(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
