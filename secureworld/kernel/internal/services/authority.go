package services

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// authority is this device's services authority. Its key is in the space of an
// owner that no application and no app world can be.
type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

// The owner of the authority, and its objects.
const (
	authorityOwner       = "services authority"
	authorityKey         = "key"
	authorityCertificate = "certificate"
)

// signing authority, opened or made at the first use. Without storage it lasts
// until the kernel ends.
func (s *Services) theAuthority() (*authority, error) {
	s.issuer.Lock()
	defer s.issuer.Unlock()
	if s.authority != nil {
		return s.authority, nil
	}
	var err error
	var space Space
	if s.cfg.Spaces != nil {
		at, err := s.cfg.Spaces(authorityOwner)
		if err != nil {
			return nil, err
		}
		space = at.Keys
		if s.authority, err = s.loadAuthority(space); !errors.Is(err, ErrNotFound) {
			return s.authority, err
		}
	}
	s.authority, err = s.makeAuthority(space)
	return s.authority, err
}

func (s *Services) loadAuthority(space Space) (a *authority, err error) {
	der := make([]byte, call.MaxCertificate)
	n, err := space.Get(authorityCertificate, der)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der[:n])
	if err != nil {
		return nil, err
	}
	err = withRoom(s.cfg.Memory, maxRecord, func(room []byte) error {
		n, err := space.Get(authorityKey, room)
		if err != nil {
			return err
		}
		k, err := x509.ParsePKCS8PrivateKey(room[:n])
		e, ok := k.(*ecdsa.PrivateKey)
		if err != nil || !ok || !e.PublicKey.Equal(certificate.PublicKey) {
			return errRecord
		}
		a = &authority{e, certificate}
		return nil
	})
	return a, err
}

// makeAuthority stores the key first: a certificate is there only with its key.
func (s *Services) makeAuthority(space Space) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := s.template("services authority")
	template.IsCA, template.MaxPathLenZero = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil || space == nil {
		return &authority{key, certificate}, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	if err := space.Put(authorityKey, secret); err != nil {
		return nil, err
	}
	return &authority{key, certificate}, space.Put(authorityCertificate, der)
}

// template of a certificate. The clock of a terminal can be wrong at its first
// start, so that validity begins a day before.
func (s *Services) template(name string) *x509.Certificate {
	now := s.cfg.Now()
	return &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{Organization: []string{"Strongroom"}, OrganizationalUnit: []string{s.cfg.Device}, CommonName: name},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.AddDate(certificateYears, 0, 0),
		BasicConstraintsValid: true,
	}
}

// serial is random, RFC 5280, 4.1.2.2: positive, at most 20 bytes.
func serial() *big.Int {
	b := drawn(nil, 16)
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}

// Authority is the certificate of this device's services authority, DER.
func (s *Services) Authority() ([]byte, error) {
	a, err := s.theAuthority()
	if err != nil {
		return nil, err
	}
	return bytes.Clone(a.certificate.Raw), nil
}
