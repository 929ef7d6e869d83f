package role

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token"
)

// Algorithm is a kind of key.
type Algorithm = token.Algorithm

// Algorithms.
const (
	Ed25519 = token.Ed25519
	P256    = token.P256
)

// ErrKey says that a key is not the one that was made for the role.
var ErrKey = errors.New("the key is not the one that was made for this role")

// label is a key's in a token.
func label(r Name, key string) string { return "strongroom " + string(r) + " " + key }

// KeyNames are the keys of each role.
func KeyNames(r Name) []string {
	return map[Name][]string{
		Manufacturer: {"root", "image", "device-ca", "updates"},
		Customer:     {"licence", "configuration", "countersignature"},
		Developer:    {"statement"},
		Acquirer:     {"host-ca", "distribution-ca"},
	}[r]
}

// Generate makes a key pair for the role: in its token, or in a file.
func (f *Folder) Generate(name string, a Algorithm) (crypto.Signer, error) {
	if f.r.Keys[name] != "" {
		return nil, fmt.Errorf("key %s: %w", name, ErrExists)
	}
	s, err := f.generate(name, a)
	if err != nil {
		return nil, fmt.Errorf("making key %s: %w", name, err)
	}
	if f.r.Keys[name], err = Fingerprint(s.Public()); err != nil {
		return nil, err
	}
	return s, f.save()
}

func (f *Folder) generate(name string, a Algorithm) (crypto.Signer, error) {
	if f.r.Token != nil {
		t, err := f.open()
		if err != nil {
			return nil, err
		}
		return t.Generate(a, label(f.r.Role, name))
	}
	var s crypto.Signer
	var err error
	if a == P256 {
		s, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		_, s, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(s)
	if err != nil {
		return nil, err
	}
	defer clear(der)
	return s, f.Put(keyFile(name), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func keyFile(name string) string { return "keys/" + name + ".key" }

// Signer is a key of the role, the very one that was made for it.
func (f *Folder) Signer(name string) (crypto.Signer, error) {
	s, err := f.find(name)
	if err != nil {
		return nil, fmt.Errorf("key %s of the %s: %w", name, f.r.Role, err)
	}
	if print, err := Fingerprint(s.Public()); err != nil || print != f.r.Keys[name] {
		return nil, fmt.Errorf("key %s of the %s: %w", name, f.r.Role, ErrKey)
	}
	return s, nil
}

func (f *Folder) find(name string) (crypto.Signer, error) {
	if f.r.Token != nil {
		t, err := f.open()
		if err != nil {
			return nil, err
		}
		return t.Find(label(f.r.Role, name))
	}
	b, err := f.Get(keyFile(name))
	if err != nil {
		return nil, err
	}
	defer clear(b)
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	defer clear(block.Bytes)
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("no PKCS #8 key")
	}
	s, ok := k.(crypto.Signer)
	if !ok {
		return nil, errors.New("no key that signs")
	}
	return s, nil
}

// open logs in to the token, once.
func (f *Folder) open() (*token.Token, error) {
	if f.token != nil {
		return f.token, nil
	}
	if f.pin == nil {
		return nil, errors.New("the token's PIN is needed")
	}
	pin, err := f.pin()
	if err != nil {
		return nil, err
	}
	t := f.r.Token
	f.token, err = token.Open(token.Place{Program: t.Program, Library: t.Library, Label: t.Label}, pin)
	return f.token, err
}

// tokenIsFree refuses a token in which a role has its keys: each has one of its
// own, with a PIN that the others do not know.
func (f *Folder) tokenIsFree() error {
	t, err := f.open()
	if err != nil {
		return err
	}
	for _, r := range Names() {
		for _, k := range KeyNames(r) {
			if _, err := t.Find(label(r, k)); err == nil {
				return fmt.Errorf("%w: the token holds the %s's key %s", ErrOtherRole, r, k)
			} else if !errors.Is(err, token.ErrNoKey) {
				return err
			}
		}
	}
	return nil
}

// Fingerprint is SHA-256 of a public key in its X.509 form, hexadecimal.
func Fingerprint(k crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

// Root is the manufacturer's public key, nil while it is not known.
func (f *Folder) Root() ed25519.PublicKey {
	b, err := hex.DecodeString(f.r.Root)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil
	}
	return b
}

// SetRoot takes the manufacturer's key for good: another one is refused later.
func (f *Folder) SetRoot(root ed25519.PublicKey) error {
	if known := f.Root(); known != nil {
		if !bytes.Equal(known, root) {
			return errors.New("the manufacturer's key is another than the one that was taken first")
		}
		return nil
	}
	f.r.Root = hex.EncodeToString(root)
	return f.save()
}

// Keys gives the fingerprints of the role's public keys, by name.
func (f *Folder) Keys() map[string]string { return f.r.Keys }
