package services

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
)

var errKind = errors.New("a key of another kind")

// rsaKey is an RSA private key, on the Go heap.
type rsaKey struct {
	key  *rsa.PrivateKey
	bits int
}

func (k *rsaKey) wipe()                    { k.key = nil }
func (k *rsaKey) public() any              { return &k.key.PublicKey }
func (k *rsaKey) marshal() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.key) }

func generateRSA(bits int) (rsaKey, error) {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	return rsaKey{k, bits}, err
}

func parseRSA(b []byte, bits int) (rsaKey, error) {
	k, err := x509.ParsePKCS8PrivateKey(b)
	r, ok := k.(*rsa.PrivateKey)
	if err != nil || !ok || r.N.BitLen() != bits {
		return rsaKey{}, errKind
	}
	return rsaKey{r, bits}, nil
}

func pss() *rsa.PSSOptions { return &rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256} }

type rsaSigner struct {
	rsaKey
	pss bool
}

func (k *rsaSigner) sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	if k.pss {
		return rsa.SignPSS(rand.Reader, k.key, crypto.SHA256, digest[:], pss())
	}
	return rsa.SignPKCS1v15(nil, k.key, crypto.SHA256, digest[:])
}

func rsaSigning(bits int, isPSS bool) algorithm {
	return algorithm{usages: signing,
		generate: func() (private, error) {
			k, err := generateRSA(bits)
			return &rsaSigner{k, isPSS}, err
		},
		parse: func(b []byte) (private, error) {
			k, err := parseRSA(b, bits)
			return &rsaSigner{k, isPSS}, err
		},
		verify: func(public any, message, signature []byte) bool {
			k, ok := public.(*rsa.PublicKey)
			if !ok || k.N.BitLen() != bits {
				return false
			}
			digest := sha256.Sum256(message)
			if isPSS {
				return rsa.VerifyPSS(k, crypto.SHA256, digest[:], signature, pss()) == nil
			}
			return rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], signature) == nil
		},
	}
}

// rsaDecrypter decrypts OAEP. There is no PKCS #1 v1.5 decryption, whose padding
// tells an attacker the plaintext (Bleichenbacher).
type rsaDecrypter struct{ rsaKey }

func (k *rsaDecrypter) decrypt(sealed, extra []byte) ([]byte, error) {
	return rsa.DecryptOAEP(sha256.New(), nil, k.key, sealed, extra)
}

func rsaDecrypting(bits int) algorithm {
	return algorithm{usages: decrypting,
		generate: func() (private, error) {
			k, err := generateRSA(bits)
			return &rsaDecrypter{k}, err
		},
		parse: func(b []byte) (private, error) {
			k, err := parseRSA(b, bits)
			return &rsaDecrypter{k}, err
		},
		encrypt: func(public any, plaintext, extra []byte) ([]byte, error) {
			k, ok := public.(*rsa.PublicKey)
			if !ok || k.N.BitLen() != bits {
				return nil, errKind
			}
			return rsa.EncryptOAEP(sha256.New(), rand.Reader, k, plaintext, extra)
		},
	}
}
