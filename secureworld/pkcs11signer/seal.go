//go:build linux

package main

import (
	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/wire"
)

const (
	// sealLabel is the token's key for secrets that lie outside it.
	sealLabel = "strongroom sealing"
	nonceSize = 12
	tagSize   = 16
	maxSealed = 128
)

// sealingKey finds the key, or makes it where that is wanted.
func (t *token) sealingKey(make bool) (pkcs11.ObjectHandle, error) {
	if !t.isOpen {
		return 0, refuse(wire.ReasonNotOpen)
	}
	found, err := t.search(pkcs11.CKO_SECRET_KEY, []byte(sealLabel))
	switch {
	case err != nil:
		return 0, err
	case len(found) > 1:
		return 0, refuse(wire.ReasonSeveral)
	case len(found) == 1:
		return found[0], nil
	case !make:
		return 0, refuse(wire.ReasonNoKey)
	}
	a := pkcs11.NewAttribute
	h, err := t.library.GenerateKey(t.session, mechanism(pkcs11.CKM_AES_KEY_GEN), []*pkcs11.Attribute{
		a(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), a(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES), a(pkcs11.CKA_VALUE_LEN, 32),
		a(pkcs11.CKA_TOKEN, true), a(pkcs11.CKA_PRIVATE, true), a(pkcs11.CKA_SENSITIVE, true), a(pkcs11.CKA_EXTRACTABLE, false),
		a(pkcs11.CKA_ENCRYPT, true), a(pkcs11.CKA_DECRYPT, true), a(pkcs11.CKA_WRAP, false), a(pkcs11.CKA_UNWRAP, false),
		a(pkcs11.CKA_LABEL, sealLabel),
	})
	if err != nil {
		return 0, failed(err)
	}
	return h, nil
}

func (t *token) seal(name, secret []byte) (wire.Secret, error) {
	if len(secret)+nonceSize+tagSize > maxSealed {
		return wire.Secret{}, refuse(wire.ReasonMalformed)
	}
	key, err := t.sealingKey(true)
	if err != nil {
		return wire.Secret{}, err
	}
	nonce, err := t.library.GenerateRandom(t.session, nonceSize)
	if err != nil {
		return wire.Secret{}, failed(err)
	}
	p := pkcs11.NewGCMParams(nonce, name, 8*tagSize)
	defer p.Free()
	if err := t.library.EncryptInit(t.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, p)}, key); err != nil {
		return wire.Secret{}, failed(err)
	}
	sealed, err := t.library.Encrypt(t.session, secret)
	if err != nil {
		return wire.Secret{}, failed(err)
	}
	return wire.Secret{Bytes: append(nonce, sealed...)}, nil
}

func (t *token) unseal(name, sealed []byte) (wire.Secret, error) {
	if len(sealed) <= nonceSize+tagSize {
		return wire.Secret{}, refuse(wire.ReasonMalformed)
	}
	key, err := t.sealingKey(false)
	if err != nil {
		return wire.Secret{}, err
	}
	p := pkcs11.NewGCMParams(sealed[:nonceSize], name, 8*tagSize)
	defer p.Free()
	if err := t.library.DecryptInit(t.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, p)}, key); err != nil {
		return wire.Secret{}, failed(err)
	}
	secret, err := t.library.Decrypt(t.session, sealed[nonceSize:])
	if err != nil {
		return wire.Secret{}, failed(err)
	}
	return wire.Secret{Bytes: secret}, nil
}
