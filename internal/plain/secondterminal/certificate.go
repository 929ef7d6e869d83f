package secondterminal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/plain/door"
)

// certify has the host authority certify a new key for the terminal.
func certify(c *door.Config, acquirer string) error {
	ca, signer, pemCA, err := authority(acquirer)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: c.TerminalID},
		NotBefore: ca.NotBefore, NotAfter: time.Now().AddDate(0, 0, 30),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), signer)
	if err != nil {
		return fmt.Errorf("second terminal: certifying it: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	c.Cert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	c.Key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	c.CA = string(pemCA)
	return nil
}

func authority(dir string) (*x509.Certificate, any, []byte, error) {
	pemCA, err := os.ReadFile(filepath.Join(dir, "hosts", "ca.pem")) //nolint:gosec // a test's own directory
	if err != nil {
		return nil, nil, nil, fmt.Errorf("second terminal: reading the host authority: %w", err)
	}
	pemKey, err := os.ReadFile(filepath.Join(dir, "keys", "host-ca.key")) //nolint:gosec // a test's own directory
	if err != nil {
		return nil, nil, nil, fmt.Errorf("second terminal: reading the host authority: %w", err)
	}
	cert, key := first(pemCA), first(pemKey)
	if cert == nil || key == nil {
		return nil, nil, nil, errors.New("second terminal: the host authority is no PEM")
	}
	ca, err := x509.ParseCertificate(cert)
	if err != nil {
		return nil, nil, nil, errors.New("second terminal: malformed host authority")
	}
	signer, err := x509.ParsePKCS8PrivateKey(key)
	return ca, signer, pemCA, err
}

func first(b []byte) []byte {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil
	}
	return block.Bytes
}
