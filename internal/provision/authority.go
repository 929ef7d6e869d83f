package provision

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/strongroom-pos/strongroom/internal/provision/deviceca"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
)

// shelf is where an authority keeps its files in a role's folder.
type shelf struct {
	f      *role.Folder
	prefix string
}

func devices(f *role.Folder) shelf { return shelf{f, "devices/"} }
func hosts(f *role.Folder) shelf   { return shelf{f, "hosts/"} }

// distributors is where who certifies key distribution hosts keeps its files.
func distributors(f *role.Folder) shelf { return shelf{f, "distribution/"} }

func (s shelf) Get(name string) ([]byte, error) { return s.f.Get(s.prefix + name) }
func (s shelf) Put(name string, b []byte) error { return s.f.Put(s.prefix+name, b) }

func openAuthority(f *role.Folder, s shelf, key string, sign bool) (*deviceca.Authority, error) {
	var k crypto.Signer
	var err error
	if sign {
		if k, err = f.Signer(key); err != nil {
			return nil, err
		}
	}
	return deviceca.Open(k, s, f.Now)
}

// identity is a certificate with its key.
type identity struct {
	cert []byte // PEM
	der  []byte // PKCS #8
}

func (i identity) keyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: i.der})
}

// identify draws a key for a device and certifies it.
func identify(a *deviceca.Authority, p deviceca.Purpose, name string) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("drawing a key for %s: %w", name, err)
	}
	return certify(a, p, name, key)
}

// loadingBits is the size of RSA keys; FIPS 140-3 has 2048 as the least.
const loadingBits = 2048

// identifyRSA does so with an RSA key.
func identifyRSA(a *deviceca.Authority, p deviceca.Purpose, name string) (identity, error) {
	key, err := rsa.GenerateKey(rand.Reader, loadingBits)
	if err != nil {
		return identity{}, fmt.Errorf("drawing a key for %s: %w", name, err)
	}
	return certify(a, p, name, key)
}

func certify(a *deviceca.Authority, p deviceca.Purpose, name string, key crypto.Signer) (identity, error) {
	cert, err := a.Issue(p, name, key.Public())
	if err != nil {
		return identity{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return identity{cert, der}, err
}
