package services

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/fips140"
	"crypto/hpke"
	"crypto/rand"
	"crypto/x509"
)

// group is one for key agreement.
type group struct {
	ecdh.Curve
	outside string
}

func ecdhP256() group { return group{Curve: ecdh.P256()} }
func ecdhP384() group { return group{Curve: ecdh.P384()} }
func x25519() group   { return group{ecdh.X25519(), unproved} }

// ecdhKey agrees, or decrypts by HPKE, on the Go heap.
type ecdhKey struct{ key *ecdh.PrivateKey }

func (k *ecdhKey) wipe()                    { k.key = nil }
func (k *ecdhKey) public() any              { return k.key.PublicKey() }
func (k *ecdhKey) marshal() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.key) }

// agree gives the secret that both ends share; X25519 refuses points of low order.
func (k *ecdhKey) agree(public any) ([]byte, error) {
	peer, ok := ecdhPublic(public)
	if !ok {
		return nil, errKind
	}
	return k.key.ECDH(peer)
}

func (k *ecdhKey) decrypt(sealed, extra []byte) ([]byte, error) {
	p, err := hpke.NewDHKEMPrivateKey(k.key)
	if err != nil {
		return nil, err
	}
	return hpke.Open(p, hpke.HKDFSHA256(), hpke.AES256GCM(), extra, sealed)
}

// ecdhPublic: X.509 says of a key on a NIST curve no more than that it is one, and
// Go reads it as one for signatures.
func ecdhPublic(public any) (*ecdh.PublicKey, bool) {
	switch k := public.(type) {
	case *ecdh.PublicKey:
		return k, true
	case *ecdsa.PublicKey:
		e, err := k.ECDH()
		return e, err == nil
	}
	return nil, false
}

func agreement(g group) algorithm {
	return algorithm{usages: opening, outside: g.outside,
		generate: func() (private, error) {
			k, err := g.GenerateKey(rand.Reader)
			return &ecdhKey{k}, err
		},
		parse: func(b []byte) (private, error) {
			k, err := x509.ParsePKCS8PrivateKey(b)
			if e, ok := k.(*ecdsa.PrivateKey); ok && err == nil {
				k, err = e.ECDH()
			}
			e, ok := k.(*ecdh.PrivateKey)
			if err != nil || !ok || e.Curve() != g.Curve {
				return nil, errKind
			}
			return &ecdhKey{e}, nil
		},
		encrypt: func(public any, plaintext, extra []byte) ([]byte, error) {
			k, ok := ecdhPublic(public)
			if !ok || k.Curve() != g.Curve {
				return nil, errKind
			}
			p, err := hpke.NewDHKEMPublicKey(k)
			if err != nil {
				return nil, err
			}
			return hpke.Seal(p, hpke.HKDFSHA256(), hpke.AES256GCM(), extra, plaintext)
		},
	}
}

// hpkeRefused: HPKE is outside the FIPS module.
func hpkeRefused() bool { return fips140.Enforced() }
