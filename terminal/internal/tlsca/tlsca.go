// Package tlsca makes the certificate that the terminal shows to tills: of its own
// authority, with two keys (ECDSA, P-256) that are made at the first start and stay.
// The certificate is made anew for the names of every start and every month; its key
// is the same, so a till may hold the terminal to the key's hash.
//
// Only the terminal imports it. These keys open nothing in the secure world. The
// authority is for the till that talks to this terminal: it is not bounded to names,
// so it does not belong into the store of an operating system.
package tlsca

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"path/filepath"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/access"
)

// Names of the files below the data directory.
const (
	authorityKeyFile = "tls-ca.key"
	AuthorityFile    = "tls-ca.pem" // for tills; nothing secret
	keyFile          = "tls.key"
)

// Identity is what the terminal shows. It may be used by many at once.
type Identity struct {
	names        Names
	now          func() time.Time
	authority    *x509.Certificate
	authorityKey *ecdsa.PrivateKey
	key          *ecdsa.PrivateKey

	mu    sync.Mutex
	leaf  *tls.Certificate
	renew time.Time
}

// Open reads, or at the first start makes, the identity in a data directory.
func Open(dir string, names Names, now func() time.Time) (*Identity, error) {
	i := &Identity{names: names, now: now}
	var err error
	if i.authorityKey, err = keyIn(filepath.Join(dir, authorityKeyFile)); err != nil {
		return nil, err
	}
	if i.key, err = keyIn(filepath.Join(dir, keyFile)); err != nil {
		return nil, err
	}
	if i.authority, err = authorityIn(filepath.Join(dir, AuthorityFile), i.authorityKey, now()); err != nil {
		return nil, err
	}
	_, err = i.certificate()
	return i, err
}

// Config is that of the listener: TLS 1.3 and nothing older, HTTP/2 before HTTP/1.1.
func (i *Identity) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return i.certificate() }}
}

// SPKI is the SHA-256 of the key's subject public key info, base64url.
func (i *Identity) SPKI() string {
	der, err := x509.MarshalPKIXPublicKey(&i.key.PublicKey)
	if err != nil {
		panic("tlsca: internal error: a P-256 key that cannot be written")
	}
	return Hash(der)
}

// Hash is that of a subject public key info as a till compares it.
func Hash(spki []byte) string {
	sum := sha256.Sum256(spki)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// AuthorityPEM is the authority's certificate.
func (i *Identity) AuthorityPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certType, Bytes: i.authority.Raw})
}

func authorityIn(path string, key *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, error) {
	der, err := block(path, certType, 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		return newAuthority(path, key, now)
	}
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	if err != nil || !key.PublicKey.Equal(c.PublicKey) || !c.IsCA {
		return nil, ErrFile
	}
	return c, nil
}

func newAuthority(path string, key *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, error) {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("tlsca: making the authority: %w", err)
	}
	sum := sha256.Sum256(der)
	t := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "Strongroom terminal " + hex.EncodeToString(sum[:4])},
		NotBefore: now.Add(-skew), NotAfter: now.Add(authorityLife), IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	c, err := signed(t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	body := pem.EncodeToMemory(&pem.Block{Type: certType, Bytes: c.Raw})
	if err := access.WriteFile(path, body, 0o644); err != nil {
		return nil, fmt.Errorf("tlsca: writing the authority: %w", err)
	}
	return c, nil
}

// certificate is that of the moment; it is made anew when it is a month old.
func (i *Identity) certificate() (*tls.Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	if i.leaf != nil && now.Before(i.renew) {
		return i.leaf, nil
	}
	t := &x509.Certificate{SerialNumber: serial(), NotBefore: now.Add(-skew), NotAfter: now.Add(leafLife), DNSNames: i.names.Hosts,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, a := range i.names.Addresses {
		t.IPAddresses = append(t.IPAddresses, net.IP(a.AsSlice()))
	}
	c, err := signed(t, i.authority, &i.key.PublicKey, i.authorityKey)
	if err != nil {
		return nil, err
	}
	i.leaf = &tls.Certificate{Certificate: [][]byte{c.Raw, i.authority.Raw}, PrivateKey: i.key, Leaf: c}
	i.renew = now.Add(renewAfter)
	return i.leaf, nil
}

func signed(template, parent *x509.Certificate, key *ecdsa.PublicKey, by *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, by)
	if err != nil {
		return nil, fmt.Errorf("tlsca: making a certificate: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("tlsca: making a certificate: %w", err)
	}
	return c, nil
}

// serial is random, and positive as RFC 5280 has it.
func serial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails since Go 1.24
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}
