package applet

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
)

// Certify gives a developer's key the certificate with which he signs applets of these
// names, with the authority's key. It is the developer's name, and not his key, that
// the keys of his applets depend on: the authority gives it once.
func Certify(authority crypto.Signer, developer string, key ed25519.PublicKey, from, until time.Time, names ...string) ([]byte, error) {
	for _, n := range append([]string{developer}, names...) {
		if !validName(n) {
			return nil, ErrManifest
		}
	}
	return certificate.Certify(certificate.Certificate{
		Role: certificate.RoleApplet, Name: developer, PublicKey: key, Names: names, NotBefore: from, NotAfter: until,
	}, authority)
}

const pemKey = "PUBLIC KEY"

// ParseAuthority reads the authority's public key, Ed25519, in PEM.
func ParseAuthority(text []byte) (ed25519.PublicKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != pemKey || len(rest) != 0 {
		return nil, errors.New("applet: the authority's file is no " + pemKey)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if k, ok := key.(ed25519.PublicKey); err == nil && ok {
		return k, nil
	}
	return nil, errors.New("applet: the authority's key is no Ed25519 key")
}

// EncodeAuthority is the opposite.
func EncodeAuthority(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der}), nil
}
