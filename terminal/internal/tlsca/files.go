package tlsca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/strongroom-pos/strongroom/terminal/internal/access"
)

// Errors of what lies in the data directory. Nothing is made anew in the place of
// what cannot be read: every till holds the terminal to its key.
var (
	ErrFile   = errors.New("tlsca: a file in the data directory is not what was written")
	ErrAccess = errors.New("tlsca: a private key in the data directory is open to others")
)

const (
	keyType  = "PRIVATE KEY"
	certType = "CERTIFICATE"
)

// keyIn reads a private key, or makes one where there is no file.
func keyIn(path string) (*ecdsa.PrivateKey, error) {
	der, err := block(path, keyType, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return newKey(path)
	}
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok || key.Curve != elliptic.P256() {
		return nil, ErrFile
	}
	return key, nil
}

func newKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("tlsca: making a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("tlsca: writing a key: %w", err)
	}
	if err := access.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: der}), 0o600); err != nil {
		return nil, fmt.Errorf("tlsca: writing a key: %w", err)
	}
	return key, nil
}

// block reads a file of exactly one PEM block.
func block(path, kind string, mode os.FileMode) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("tlsca: reading: %w", err)
	}
	if info.Mode().Perm()&^mode != 0 {
		return nil, ErrAccess
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tlsca: reading: %w", err)
	}
	b, rest := pem.Decode(body)
	if b == nil || b.Type != kind || len(rest) > 0 {
		return nil, ErrFile
	}
	return b.Bytes, nil
}
