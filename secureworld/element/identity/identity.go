// Package identity is who an element, a client or an MCU is: an Ed25519 key in a
// folder, and X.509 certificates of two authorities over it. The manufacturer's says
// what the holder is, the operator's that it may serve here; neither is enough.
//
//	element  identity.key, agreement.key, manufacturer.pem, operator.pem
//	client   client.key, client.pem
//	MCU      mcu.key, mcu.pem
//	each     manufacturer-ca.pem, operator-ca.pem
//
// Keys are PKCS#8 in PEM but agreement.key, the 32 raw bytes of an X25519 key. What a
// holder may be stands as organizational unit in its certificate, its make as
// organization in the manufacturer's.
//
// No certificate's dates are looked at: an element has no clock that its MCU could not
// set. Whom the operator no longer wants is left out of the next epoch.
//
// Elements, MCUs and clients import it. It must never give out a private key.
package identity

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

// Element is a secure element.
type Element struct {
	Authorities  Authorities
	Manufacturer []byte // its certificate, DER
	Operator     []byte // its certificate, DER

	key       signer
	agreement func() *ecdh.PrivateKey // behind a func, because printers open structs
}

// Client is one that asks a group.
type Client struct {
	Authorities Authorities
	Certificate []byte // the operator's, DER
	key         signer
}

// MCU is one that oversees a group.
type MCU struct {
	Authorities Authorities
	Certificate []byte // the operator's, DER
	key         signer
}

// LoadElement reads an element's folder.
func LoadElement(folder string) (*Element, error) {
	authorities, err := LoadAuthorities(folder)
	if err != nil {
		return nil, err
	}
	e := &Element{Authorities: authorities}
	if e.key, err = loadKey(folder, "identity.key"); err != nil {
		return nil, err
	}
	if e.agreement, err = loadAgreement(folder); err != nil {
		return nil, err
	}
	if e.Manufacturer, err = loadCertificate(folder, "manufacturer.pem"); err != nil {
		return nil, err
	}
	if e.Operator, err = loadCertificate(folder, "operator.pem"); err != nil {
		return nil, err
	}
	holder, err := authorities.Element(e.Manufacturer, e.Operator)
	if err != nil || !holder.Key.Equal(e.key.public) {
		return nil, errors.New("identity: the element's certificates are not of its key")
	}
	return e, nil
}

// LoadClient reads a client's folder.
func LoadClient(folder string) (*Client, error) {
	authorities, key, certificate, err := loadHolder(folder, "client", Authorities.Client)
	if err != nil {
		return nil, err
	}
	return &Client{authorities, certificate, key}, nil
}

// LoadMCU reads an MCU's folder.
func LoadMCU(folder string) (*MCU, error) {
	authorities, key, certificate, err := loadHolder(folder, "mcu", Authorities.MCU)
	if err != nil {
		return nil, err
	}
	return &MCU{authorities, certificate, key}, nil
}

func loadHolder(folder, name string, check func(Authorities, []byte) (Holder, error)) (a Authorities, key signer, certificate []byte, err error) {
	if a, err = LoadAuthorities(folder); err != nil {
		return a, key, nil, err
	}
	if key, err = loadKey(folder, name+".key"); err != nil {
		return a, key, nil, err
	}
	if certificate, err = loadCertificate(folder, name+".pem"); err != nil {
		return a, key, nil, err
	}
	holder, err := check(a, certificate)
	if err != nil || !holder.Key.Equal(key.public) {
		return a, key, nil, errors.New("identity: the certificate is not of the key in " + filepath.Base(folder))
	}
	return a, key, certificate, nil
}

// Sign signs with the identity key. The message begins with a label of its purpose.
func (e *Element) Sign(message []byte) [ed25519.SignatureSize]byte { return e.key.sign(message) }

// Key is the public identity key.
func (e *Element) Key() ed25519.PublicKey { return e.key.public }

// Agreement is the public key to which others seal for this element.
func (e *Element) Agreement() [32]byte { return [32]byte(e.agreement().PublicKey().Bytes()) }

// Recipient opens what was sealed to this element (RFC 9180).
func (e *Element) Recipient(encapsulated, info []byte, aead hpke.AEAD) (*hpke.Recipient, error) {
	key, err := hpke.NewDHKEMPrivateKey(e.agreement())
	if err != nil {
		return nil, err
	}
	return hpke.NewRecipient(encapsulated, key, hpke.HKDFSHA256(), aead, info)
}

// Wipe clears the identity key; the standard library's copy of the agreement key is
// out of reach and left to the garbage collector.
func (e *Element) Wipe() {
	e.key.secret.Wipe()
	e.agreement = nil
}

// Sign signs with the client's key.
func (c *Client) Sign(message []byte) [ed25519.SignatureSize]byte { return c.key.sign(message) }

// Sign signs with the MCU's key.
func (m *MCU) Sign(message []byte) [ed25519.SignatureSize]byte { return m.key.sign(message) }

// Hash is that of the MCU's certificate, as a transcript names its overseer.
func (m *MCU) Hash() [32]byte { return sha256.Sum256(m.Certificate) }

// ID names the holder of a key for people: hex of the first 8 bytes of its SHA-256.
func ID(key ed25519.PublicKey) string {
	h := sha256.Sum256(key)
	return hex.EncodeToString(h[:8])
}

// signer is an Ed25519 key that does not print.
type signer struct {
	public ed25519.PublicKey
	secret sensitive.Bytes
}

func (s signer) sign(message []byte) (out [ed25519.SignatureSize]byte) {
	s.secret.Use(func(key []byte) {
		if len(key) == ed25519.PrivateKeySize {
			copy(out[:], ed25519.Sign(key, message))
		}
	})
	return out
}
