package ceremony

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

const manufacturerDir = "manufacturer"

// Files of the manufacturer's keys, PKCS #8 PEM.
const (
	rootKey      = "root.key"
	imageKey     = "image.key"
	developerKey = "developer.key"
	licenceKey   = "licence.key"

	updatesKey = "updates.key" // signs the checkpoints of update repositories

	configurationKey = "configuration.key" // the customer's, beside the others in a demo
	countersignKey   = "countersignature.key"
)

// Manufacturer reads the demo manufacturer's keys back, to sign a release.
func Manufacturer(dir string) (signing.Manufacturer, error) {
	var m signing.Manufacturer
	for name, seat := range map[string]*crypto.Signer{
		rootKey: &m.Root, imageKey: &m.Image, developerKey: &m.Developer, licenceKey: &m.Licence, configurationKey: &m.Configuration, countersignKey: &m.Countersignature,
	} {
		s, err := readSigner(filepath.Join(dir, manufacturerDir, name))
		if err != nil {
			return m, fmt.Errorf("reading a key of the demo manufacturer: %w", err)
		}
		*seat = s
	}
	return m, nil
}

// UpdatesKey reads the key that signs the checkpoints of update repositories.
func UpdatesKey(dir string) (crypto.Signer, error) {
	s, err := readSigner(filepath.Join(dir, manufacturerDir, updatesKey))
	if err != nil {
		return nil, fmt.Errorf("reading the key of update repositories: %w", err)
	}
	return s, nil
}

func readSigner(path string) (crypto.Signer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("no PKCS #8 key")
	}
	s, ok := k.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("no Ed25519 key")
	}
	return s, nil
}

// writeManufacturer draws the keys and returns the root's public key.
func (l *layout) writeManufacturer() (string, error) {
	var root ed25519.PublicKey
	for _, name := range []string{rootKey, imageKey, developerKey, licenceKey, configurationKey, countersignKey, updatesKey} {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return "", fmt.Errorf("drawing a manufacturer's key: %w", err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return "", err
		}
		if name == rootKey {
			root = public
		}
		l.put(manufacturerDir+"/"+name, identity{der: der}.keyPEM())
	}
	return hex.EncodeToString(root), nil
}
