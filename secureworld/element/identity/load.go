package identity

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

// maxFile bounds a file of a folder; the largest is a certificate in PEM.
const maxFile = 4096

// LoadAuthorities reads the two roots of a folder.
func LoadAuthorities(folder string) (a Authorities, err error) {
	if a.Manufacturer, err = loadRoot(folder, "manufacturer-ca.pem"); err != nil {
		return a, err
	}
	a.Operator, err = loadRoot(folder, "operator-ca.pem")
	return a, err
}

func loadRoot(folder, name string) (*x509.Certificate, error) {
	der, err := loadCertificate(folder, name)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	if err != nil || !c.IsCA {
		return nil, errors.New("identity: " + name + " is no authority")
	}
	return c, nil
}

func loadCertificate(folder, name string) ([]byte, error) {
	return loadPEM(folder, name, "CERTIFICATE")
}

func loadPEM(folder, name, kind string) ([]byte, error) {
	raw, err := read(folder, name)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != kind {
		return nil, errors.New("identity: " + name + " is no " + kind)
	}
	return block.Bytes, nil
}

func loadKey(folder, name string) (signer, error) {
	der, err := loadPEM(folder, name, "PRIVATE KEY")
	if err != nil {
		return signer{}, err
	}
	defer clear(der)
	k, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := k.(ed25519.PrivateKey)
	if err != nil || !ok {
		return signer{}, errors.New("identity: " + name + " is no Ed25519 key")
	}
	public, _ := key.Public().(ed25519.PublicKey)
	return signer{public, sensitive.New(key)}, nil
}

func loadAgreement(folder string) (func() *ecdh.PrivateKey, error) {
	raw, err := read(folder, "agreement.key")
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	key, err := ecdh.X25519().NewPrivateKey(raw)
	if err != nil {
		return nil, errors.New("identity: agreement.key is no X25519 key")
	}
	return func() *ecdh.PrivateKey { return key }, nil
}

// read takes one byte more than it allows, to see what is too long.
func read(folder, name string) ([]byte, error) {
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return nil, errors.New("identity: opening " + name)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(raw) > maxFile {
		return nil, errors.New("identity: reading " + name)
	}
	return raw, nil
}
