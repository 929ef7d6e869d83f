package keystore

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// What remote key loading rests on: the key that receives keys, its certificate, and
// the host that is obeyed with its authority. They are taken over together and then
// belong to the storage: a configuration that names another host binds nothing.
const (
	loadingKey     = "remote-loading" // its name in package keyregistry
	loadingBinding = "loading-host"
	loadingRevoked = "loading-revoked"

	// maxLoadingKey is above a PKCS #8 key of RSA-3072 (some 1,800 bytes).
	maxLoadingKey = 2 << 10
	// maxBinding holds three certificates of RSA-4096.
	maxBinding = 8 << 10
)

// ErrNoLoading says that the device was provisioned without remote key loading.
var ErrNoLoading = errors.New("keystore: the device takes no keys from afar")

var errLoading = errors.New("malformed key, or certificates that do not belong to it")

// Loading is what a device opens key tokens with.
type Loading struct {
	Key                  *rsa.PrivateKey // on the Go heap: not to be kept
	Own, Authority, Host *x509.Certificate
	Revoked              time.Time // of the newest revocation list that was seen; zero: none
}

// takeLoading takes the key and its binding over.
func (s *Store) takeLoading(l *provisioning.KeyLoading) error {
	if l == nil {
		return nil
	}
	key, err := os.ReadFile(s.incoming(provisioning.FileLoadingKey))
	defer clear(key)
	if err != nil || len(key) > maxLoadingKey {
		return fmt.Errorf("keystore: reading the key that receives keys: %w", errors.Join(err, errTLSKey))
	}
	var binding []byte
	for _, p := range []string{l.Cert, l.Authority, l.Host} {
		block, _ := pem.Decode([]byte(p))
		if block == nil {
			return fmt.Errorf("keystore: the binding of remote key loading: %w", errLoading)
		}
		binding = append(binding, block.Bytes...)
	}
	if _, err := parseLoading(key, binding); err != nil {
		return fmt.Errorf("keystore: the binding of remote key loading: %w", err)
	}
	if err := errors.Join(s.base.Space.Put(loadingKey, key), s.base.Space.Put(loadingBinding, binding)); err != nil {
		return err
	}
	s.note(loadingKey, nil)
	return nil
}

// Loading reads what key tokens are opened with.
func (s *Store) Loading() (l Loading, err error) {
	room := make([]byte, maxBinding)
	n, err := s.base.Space.Get(loadingBinding, room)
	if errors.Is(err, storage.ErrNotFound) {
		return l, ErrNoLoading
	}
	if err != nil {
		return l, err
	}
	key := make([]byte, maxLoadingKey)
	defer clear(key)
	k, err := s.base.Space.Get(loadingKey, key)
	if err != nil {
		return l, err
	}
	if l, err = parseLoading(key[:k], room[:n]); err != nil {
		return l, err
	}
	l.Revoked, err = s.revoked()
	return l, err
}

func parseLoading(key, binding []byte) (l Loading, err error) {
	certs, err := x509.ParseCertificates(binding)
	if err != nil || len(certs) != 3 || len(binding) > maxBinding {
		return l, errLoading
	}
	private, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return l, errLoading
	}
	var ok bool
	l.Own, l.Authority, l.Host = certs[0], certs[1], certs[2]
	l.Key, ok = private.(*rsa.PrivateKey)
	if !ok || !l.Key.PublicKey.Equal(l.Own.PublicKey) || l.Host.CheckSignatureFrom(l.Authority) != nil ||
		bytes.Equal(l.Own.RawIssuer, l.Host.RawIssuer) { // who certifies devices does not certify hosts
		return l, errLoading
	}
	return l, nil
}

func (s *Store) revoked() (time.Time, error) {
	var b [8]byte
	n, err := s.base.Space.Get(loadingRevoked, b[:])
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, err
	case n != len(b):
		return time.Time{}, errStorage
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b[:])), 0), nil
}

// KeepRevoked remembers when the newest revocation list was made, so that an older
// one is refused from now on.
func (s *Store) KeepRevoked(at time.Time) error {
	known, err := s.revoked()
	if err != nil || !at.After(known) {
		return err
	}
	return s.base.Space.Put(loadingRevoked, binary.BigEndian.AppendUint64(nil, uint64(at.Unix())))
}
