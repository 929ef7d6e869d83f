package services

import (
	"crypto"
	"crypto/hpke"
	"crypto/mlkem"
)

// kemKey is an ML-KEM key (FIPS 203), on the Go heap. It rests as its seed.
type kemKey struct {
	key  crypto.Decapsulator
	seed []byte
}

func (k *kemKey) wipe()                    { clear(k.seed); k.key, k.seed = nil, nil }
func (k *kemKey) public() any              { return k.key.Encapsulator() }
func (k *kemKey) marshal() ([]byte, error) { return append([]byte(nil), k.seed...), nil }

func (k *kemKey) decapsulate(ciphertext []byte) ([]byte, error) { return k.key.Decapsulate(ciphertext) }

func (k *kemKey) decrypt(sealed, extra []byte) ([]byte, error) {
	p, err := hpke.NewMLKEMPrivateKey(k.key)
	if err != nil {
		return nil, err
	}
	return hpke.Open(p, hpke.HKDFSHA256(), hpke.AES256GCM(), extra, sealed)
}

func kem768() algorithm {
	return kem(func(seed []byte) (crypto.Decapsulator, error) { return mlkem.NewDecapsulationKey768(seed) }, is[*mlkem.EncapsulationKey768])
}

func kem1024() algorithm {
	return kem(func(seed []byte) (crypto.Decapsulator, error) { return mlkem.NewDecapsulationKey1024(seed) }, is[*mlkem.EncapsulationKey1024])
}

func is[K any](public any) bool { _, ok := public.(K); return ok }

func kem(from func([]byte) (crypto.Decapsulator, error), fits func(any) bool) algorithm {
	parse := func(seed []byte) (private, error) {
		k, err := from(seed)
		return &kemKey{k, append([]byte(nil), seed...)}, err
	}
	return algorithm{usages: opening,
		generate: func() (private, error) { return parse(drawn(nil, mlkem.SeedSize)) },
		parse:    parse,
		encrypt: func(public any, plaintext, extra []byte) ([]byte, error) {
			k, ok := public.(crypto.Encapsulator)
			if !ok || !fits(public) {
				return nil, errKind
			}
			p, err := hpke.NewMLKEMPublicKey(k)
			if err != nil {
				return nil, err
			}
			return hpke.Seal(p, hpke.HKDFSHA256(), hpke.AES256GCM(), extra, plaintext)
		},
	}
}
