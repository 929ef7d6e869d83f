// Package distribution is the host's end of remote key loading: it makes the tokens
// that package remoteload opens. It stands for the acquirer's key distribution host;
// no device links it.
package distribution

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	encoding "encoding/asn1"
	"errors"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Host is a key distribution host.
type Host struct {
	Certificate *x509.Certificate
	Key         *rsa.PrivateKey
}

// KeyToken seals a key for a device and signs it, over the device's random number.
// header is that of X9.143, with the id of the key behind it where it has one.
func (h Host) KeyToken(device *x509.Certificate, header string, key, random []byte) ([]byte, error) {
	envelope, err := h.seal(device, header, key)
	if err != nil {
		return nil, err
	}
	return h.sign(oid(1, 2, 840, 113549, 1, 7, 3), envelope, []byte(header), random)
}

// Rebind hands a device over to another host.
func (h Host) Rebind(device, other *x509.Certificate, random []byte) ([]byte, error) {
	content := slices.Concat([]byte("strongroom rebind 1\x00"), identity(device), other.Raw)
	return h.sign(oid(1, 2, 840, 113549, 1, 7, 1), content, nil, random)
}

// Unbind lets a device go.
func (h Host) Unbind(device *x509.Certificate, random []byte) ([]byte, error) {
	return h.sign(oid(1, 2, 840, 113549, 1, 7, 1), append([]byte("strongroom unbind 1\x00"), identity(device)...), nil, random)
}

func oid(n ...int) encoding.ObjectIdentifier { return n }

func sha() encoding.ObjectIdentifier { return oid(2, 16, 840, 1, 101, 3, 4, 2, 1) }

func (h Host) seal(device *x509.Certificate, header string, key []byte) ([]byte, error) {
	public, ok := device.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("distribution: the device's key is no RSA key")
	}
	session, iv := make([]byte, 32), make([]byte, aes.BlockSize)
	_, _ = rand.Read(session)
	_, _ = rand.Read(iv)
	defer clear(session)
	sealedKey, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public, session, nil)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(session)
	if err != nil {
		return nil, err
	}
	content := h.content(header, key)
	n := aes.BlockSize - len(content)%aes.BlockSize
	content = append(content, bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(content, content)
	return sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { recipient(b, device, sealedKey) })
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid(1, 2, 840, 113549, 1, 7, 1))
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oid(2, 16, 840, 1, 101, 3, 4, 1, 42))
				b.AddASN1OctetString(iv)
			})
			b.AddASN1(asn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(content) })
		})
	}), nil
}

// content is the key with who sends it and what it is for.
func (h Host) content(header string, key []byte) []byte {
	return sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddBytes(identity(h.Certificate))
		b.AddASN1OctetString(key)
		attribute(b, oid(1, 2, 840, 113549, 1, 7, 1), func(b *cryptobyte.Builder) { b.AddASN1OctetString([]byte(header)) })
	})
}

func recipient(b *cryptobyte.Builder, device *x509.Certificate, sealedKey []byte) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		b.AddBytes(identity(device))
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid(1, 2, 840, 113549, 1, 1, 7))
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { algorithm(b, sha()) })
				b.AddASN1(asn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
					b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oid(1, 2, 840, 113549, 1, 1, 8))
						algorithm(b, sha())
					})
				})
			})
		})
		b.AddASN1OctetString(sealedKey)
	})
}

func (h Host) sign(kind encoding.ObjectIdentifier, content, header, random []byte) ([]byte, error) {
	digest := sha256.Sum256(content)
	attributes := h.attributes(kind, digest[:], header, random)
	var set cryptobyte.Builder
	set.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
	signed := sha256.Sum256(set.BytesOrPanic())
	signature, err := rsa.SignPKCS1v15(rand.Reader, h.Key, crypto.SHA256, signed[:])
	if err != nil {
		return nil, err
	}
	return sequence(func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid(1, 2, 840, 113549, 1, 7, 2))
		b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddBytes(h.signedData(kind, content, attributes, signature))
		})
	}), nil
}

func (h Host) signedData(kind encoding.ObjectIdentifier, content, attributes, signature []byte) []byte {
	return sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) { algorithm(b, sha()) })
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(kind)
			b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddASN1OctetString(content) })
		})
		b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddBytes(identity(h.Certificate))
				algorithm(b, sha())
				b.AddASN1(asn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
				algorithm(b, oid(1, 2, 840, 113549, 1, 1, 1))
				b.AddASN1OctetString(signature)
			})
		})
	})
}

// attributes in the order that DER asks of a set.
func (h Host) attributes(kind encoding.ObjectIdentifier, digest, header, random []byte) []byte {
	var all [][]byte
	add := func(o encoding.ObjectIdentifier, value func(*cryptobyte.Builder)) {
		var b cryptobyte.Builder
		attribute(&b, o, value)
		all = append(all, b.BytesOrPanic())
	}
	octets := func(v []byte) func(*cryptobyte.Builder) {
		return func(b *cryptobyte.Builder) { b.AddASN1OctetString(v) }
	}
	add(oid(1, 2, 840, 113549, 1, 9, 3), func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(kind) })
	add(oid(1, 2, 840, 113549, 1, 9, 4), octets(digest))
	add(oid(1, 2, 840, 113549, 1, 9, 25, 3), octets(random))
	if header != nil {
		add(oid(1, 2, 840, 113549, 1, 7, 1), octets(header))
	}
	slices.SortFunc(all, bytes.Compare)
	return bytes.Join(all, nil)
}

func attribute(b *cryptobyte.Builder, o encoding.ObjectIdentifier, value func(*cryptobyte.Builder)) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(o)
		b.AddASN1(asn1.SET, value)
	})
}

func algorithm(b *cryptobyte.Builder, o encoding.ObjectIdentifier) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(o) })
}

func identity(c *x509.Certificate) []byte {
	return sequence(func(b *cryptobyte.Builder) {
		b.AddBytes(c.RawIssuer)
		b.AddASN1BigInt(c.SerialNumber)
	})
}

func sequence(f func(*cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, f)
	return b.BytesOrPanic()
}
