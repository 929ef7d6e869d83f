//go:build linux

package main

import (
	"bytes"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/wire"
)

// kind is how PKCS#11 names an algorithm's keys.
type kind struct {
	keyType, generate, sign uint
	curve                   []byte // CKA_EC_PARAMS, DER
	size                    int    // of the public point
}

// Mechanisms of PKCS #11 3.0, which the binding does not name.
const (
	ckkEdwards    = 0x40
	ckmEdwardsGen = 0x1055
	ckmEdDSA      = 0x1057
)

func kinds() map[wire.Algorithm]kind {
	return map[wire.Algorithm]kind{
		// The curve's name as a PrintableString, as RFC 8032's curves are named there.
		wire.Ed25519: {ckkEdwards, ckmEdwardsGen, ckmEdDSA, append([]byte{0x13, 12}, "edwards25519"...), 32},
		// The object identifier 1.2.840.10045.3.1.7.
		wire.P256: {pkcs11.CKK_EC, pkcs11.CKM_EC_KEY_PAIR_GEN, pkcs11.CKM_ECDSA,
			[]byte{0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7}, 65},
	}
}

// generate makes a key pair inside the token, unless the label is taken.
func (t *token) generate(a wire.Algorithm, label []byte) (wire.Key, error) {
	k, ok := kinds()[a]
	if !t.isOpen || !ok || len(label) == 0 {
		return wire.Key{}, refuse(wire.ReasonMalformed)
	}
	if found, err := t.search(pkcs11.CKO_PRIVATE_KEY, label); err != nil {
		return wire.Key{}, err
	} else if len(found) > 0 {
		return wire.Key{}, refuse(wire.ReasonExists)
	}
	public, private := k.templates(label)
	if _, _, err := t.library.GenerateKeyPair(t.session, mechanism(k.generate), public, private); err != nil {
		return wire.Key{}, failed(err)
	}
	return t.find(label)
}

func mechanism(number uint) []*pkcs11.Mechanism {
	return []*pkcs11.Mechanism{pkcs11.NewMechanism(number, nil)}
}

// templates make a private key that signs, does nothing else and never leaves.
func (k kind) templates(label []byte) (public, private []*pkcs11.Attribute) {
	a := pkcs11.NewAttribute
	return []*pkcs11.Attribute{
			a(pkcs11.CKA_KEY_TYPE, k.keyType), a(pkcs11.CKA_EC_PARAMS, k.curve), a(pkcs11.CKA_TOKEN, true),
			a(pkcs11.CKA_VERIFY, true), a(pkcs11.CKA_LABEL, label), a(pkcs11.CKA_ID, label),
		}, []*pkcs11.Attribute{
			a(pkcs11.CKA_KEY_TYPE, k.keyType), a(pkcs11.CKA_TOKEN, true), a(pkcs11.CKA_PRIVATE, true),
			a(pkcs11.CKA_SENSITIVE, true), a(pkcs11.CKA_EXTRACTABLE, false), a(pkcs11.CKA_SIGN, true),
			a(pkcs11.CKA_DECRYPT, false), a(pkcs11.CKA_DERIVE, false), a(pkcs11.CKA_UNWRAP, false),
			a(pkcs11.CKA_LABEL, label), a(pkcs11.CKA_ID, label),
		}
}

// find takes a key pair into use.
func (t *token) find(label []byte) (wire.Key, error) {
	if !t.isOpen {
		return wire.Key{}, refuse(wire.ReasonNotOpen)
	}
	private, err := t.one(pkcs11.CKO_PRIVATE_KEY, label)
	if err != nil {
		return wire.Key{}, err
	}
	public, err := t.one(pkcs11.CKO_PUBLIC_KEY, label)
	if err != nil {
		return wire.Key{}, err
	}
	algorithm, point, err := t.describe(public)
	if err != nil {
		return wire.Key{}, err
	}
	if len(t.keys) == wire.MaxKeys {
		return wire.Key{}, refuse(wire.ReasonKeys)
	}
	t.keys = append(t.keys, key{algorithm, private})
	return wire.Key{Number: uint16(len(t.keys) - 1), Algorithm: algorithm, Public: point}, nil //nolint:gosec // at most MaxKeys
}

func (t *token) one(class uint, label []byte) (pkcs11.ObjectHandle, error) {
	found, err := t.search(class, label)
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, refuse(wire.ReasonNoKey)
	case len(found) > 1:
		return 0, refuse(wire.ReasonSeveral)
	}
	return found[0], nil
}

func (t *token) search(class uint, label []byte) ([]pkcs11.ObjectHandle, error) {
	template := []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label)}
	if err := t.library.FindObjectsInit(t.session, template); err != nil {
		return nil, failed(err)
	}
	found, _, err := t.library.FindObjects(t.session, 2)
	if end := t.library.FindObjectsFinal(t.session); err == nil {
		err = end
	}
	if err != nil {
		return nil, failed(err)
	}
	return found, nil
}

// describe reads curve and point of a public key. The point is a DER OCTET
// STRING; both kinds are short enough for one byte of length.
func (t *token) describe(public pkcs11.ObjectHandle) (wire.Algorithm, []byte, error) {
	got, err := t.library.GetAttributeValue(t.session, public, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, nil), pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)})
	if err != nil || len(got) != 2 {
		return 0, nil, failed(err)
	}
	for a, k := range kinds() {
		point, whole := bytes.CutPrefix(got[1].Value, []byte{0x04, byte(k.size)})
		if bytes.Equal(got[0].Value, k.curve) && whole && len(point) == k.size {
			return a, point, nil
		}
	}
	return 0, nil, refuse(wire.ReasonNotOffer)
}

func (t *token) sign(number uint16, message []byte) (wire.Signature, error) {
	if int(number) >= len(t.keys) {
		return wire.Signature{}, refuse(wire.ReasonNoKey)
	}
	k := t.keys[number]
	if err := t.library.SignInit(t.session, mechanism(kinds()[k.algorithm].sign), k.private); err != nil {
		return wire.Signature{}, failed(err)
	}
	b, err := t.library.Sign(t.session, message)
	if err != nil {
		return wire.Signature{}, failed(err)
	}
	if len(b) != 64 {
		return wire.Signature{}, refuse(wire.ReasonLibrary)
	}
	return wire.Signature{Bytes: b}, nil
}
