//go:build linux

package main

import (
	"bytes"
	"crypto/rand"
	"errors"

	"github.com/google/go-tpm/tpm2"

	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
)

// parent is the storage primary key, loaded. It rests nowhere: the TPM derives the
// same one each time, until it is cleared.
type parent struct {
	key    tpm2.NamedHandle
	public tpm2.TPMTPublic
}

// withParent runs f with the storage primary key (ECC P-256, the TCG's template).
func (c *chip) withParent(f func(parent) error) error {
	made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(c.wire)
	if err != nil {
		return err
	}
	defer c.flush(made.ObjectHandle)
	public, err := made.OutPublic.Contents()
	if err != nil {
		return err
	}
	name, err := tpm2.ObjectName(public) // of the key that the session is salted to, not what was told
	if err != nil {
		return err
	}
	return f(parent{tpm2.NamedHandle{Handle: made.ObjectHandle, Name: *name}, *public})
}

func (c *chip) flush(h tpm2.TPMHandle) {
	_, _ = tpm2.FlushContext{FlushHandle: h}.Execute(c.wire) // it goes with the power else
}

// session authorises with the empty value that key and object have, and encrypts the
// secret on its way under a key that only the TPM behind the parent knows.
func (p parent) session(of tpm2.AuthOption) tpm2.Session {
	return tpm2.HMAC(tpm2.TPMAlgSHA256, 16, tpm2.Salted(p.key.Handle, p.public), of)
}

func (p parent) auth() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: p.key.Handle, Name: p.key.Name, Auth: p.session(tpm2.AESEncryption(128, tpm2.EncryptInOut))}
}

// sealedTemplate is that of a sealed secret: it cannot leave this TPM, and wrong
// guesses do not exist, since it has no password.
func sealedTemplate() tpm2.TPMTPublic {
	return tpm2.TPMTPublic{Type: tpm2.TPMAlgKeyedHash, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, UserWithAuth: true, NoDA: true}}
}

// seal draws a secret and has it sealed. Who wants to know it unseals.
func (c *chip) seal() (s sealed, err error) {
	secret := make([]byte, tpmpipe.SecretSize)
	defer clear(secret)
	if _, err := rand.Read(secret); err != nil {
		return s, err
	}
	err = c.withParent(func(p parent) error {
		made, err := tpm2.Create{ParentHandle: p.auth(), InPublic: tpm2.New2B(sealedTemplate()),
			InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
				Data: tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{Buffer: secret})}},
		}.Execute(c.wire)
		if err != nil {
			return err
		}
		s = sealed{parent: p.key.Name.Buffer, public: made.OutPublic.Bytes(), private: made.OutPrivate.Buffer}
		return nil
	})
	return s, err
}

// unseal opens what seal made: in this TPM alone.
func (c *chip) unseal(s sealed) (secret []byte, err error) {
	err = c.withParent(func(p parent) error {
		if !bytes.Equal(p.key.Name.Buffer, s.parent) {
			return tpmpipe.FaultOther
		}
		loaded, err := tpm2.Load{ParentHandle: p.auth(), InPrivate: tpm2.TPM2BPrivate{Buffer: s.private},
			InPublic: tpm2.BytesAs2B[tpm2.TPMTPublic](s.public)}.Execute(c.wire)
		if err != nil {
			return damage(err)
		}
		defer c.flush(loaded.ObjectHandle)
		opened, err := tpm2.Unseal{ItemHandle: tpm2.AuthHandle{Handle: loaded.ObjectHandle, Name: loaded.Name,
			Auth: p.session(tpm2.AESEncryption(128, tpm2.EncryptOut))}}.Execute(c.wire) // it takes nothing that could be encrypted
		if err != nil {
			return err
		}
		if secret = opened.OutData.Buffer; len(secret) != tpmpipe.SecretSize {
			clear(secret)
			return tpmpipe.FaultSealed
		}
		return nil
	})
	return secret, err
}

// damage tells an object that is not what the TPM made from a TPM that does not answer.
func damage(err error) error {
	var code tpm2.TPMRC
	if errors.As(err, &code) && !code.IsWarning() {
		return tpmpipe.FaultSealed
	}
	return err
}
