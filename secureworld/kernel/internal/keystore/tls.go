package keystore

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

var errTLSKey = errors.New("missing or too long")

// maxTLSKey is well above a PKCS #8 key on P-256 (138 bytes).
const maxTLSKey = 512

func (s *Store) takeTLS() error {
	for _, name := range signingKeys() {
		b, err := os.ReadFile(s.incoming(name))
		if err != nil || len(b) > maxTLSKey {
			return fmt.Errorf("keystore: reading a TLS key: %w", errors.Join(err, errTLSKey))
		}
		err = s.base.Space.Put(name, b)
		clear(b)
		if err != nil {
			return err
		}
	}
	return nil
}

// signingKeys are the private keys that the standard library holds on the Go heap.
func signingKeys() []string {
	return []string{provisioning.FileDoorsKey, provisioning.FileHostKey, provisioning.FileAttestKey, provisioning.FileLicenceKey}
}

func (s *Store) loadTLS() error {
	for _, name := range signingKeys() {
		room := make([]byte, maxTLSKey)
		n, err := s.base.Space.Get(name, room)
		if err != nil {
			return err
		}
		s.tls[name] = room[:n]
	}
	return nil
}

// TLS is the private key of one of this world's two TLS identities
// (provisioning.FileDoorsKey or FileHostKey). It lies on the Go heap.
func (s *Store) TLS(name string) (crypto.Signer, error) { return s.signer(name) }

// Attestation is the key that signs this device's reports. It lies on the Go heap.
func (s *Store) Attestation() (crypto.Signer, error) { return s.signer(provisioning.FileAttestKey) }

// Licence is the key that proves that this kernel may use its licence. It lies on
// the Go heap.
func (s *Store) Licence() (ed25519.PrivateKey, error) {
	k, err := s.signer(provisioning.FileLicenceKey)
	if err != nil {
		return nil, err
	}
	private, ok := k.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("keystore: the licence key is not Ed25519")
	}
	return private, nil
}

func (s *Store) signer(name string) (crypto.Signer, error) {
	k, err := x509.ParsePKCS8PrivateKey(s.tls[name])
	if err != nil {
		return nil, errors.New("keystore: malformed signing key")
	}
	signer, ok := k.(crypto.Signer)
	if !ok {
		return nil, errors.New("keystore: a signing key that cannot sign")
	}
	return signer, nil
}
