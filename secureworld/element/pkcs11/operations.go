//go:build linux && cgo

package main

import (
	"crypto/subtle"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// operations does the verbs of the table in the package comment; the others have
// no key here.
type operations struct {
	absent
	token *token
}

// Status opens a session where there is none, so that a token that is gone is
// told.
func (o *operations) Status(element.Status) (h element.Health, err error) {
	err = o.token.with(func(s *session) error {
		h = element.Health{Ready: s.keys.count > 0, Keys: s.keys.count}
		_, err := s.library.GetSessionInfo(s.handle)
		return err
	})
	if err != nil {
		return element.Health{}, codeOf(err)
	}
	return h, nil
}

func terminals(r *ring) map[[4]byte]pkcs11.ObjectHandle { return r.terminals }

func pinPads(r *ring) map[[4]byte]pkcs11.ObjectHandle { return r.pinPads }

// withKey calls use with a working key in a session of its own.
func (o *operations) withKey(
	bdks func(*ring) map[[4]byte]pkcs11.ObjectHandle, ksn element.KSN, usage uint16, can uint,
	use func(*session, pkcs11.ObjectHandle) error,
) error {
	return codeOf(o.token.with(func(s *session) error {
		return s.workingKey(bdks(s.keys)[[4]byte(ksn[:4])], ksn, usage, can, func(key pkcs11.ObjectHandle) error { return use(s, key) })
	}))
}

// OpenAccount opens what a terminal sealed, with a nonce of zeros: the key seals
// one message.
func (o *operations) OpenAccount(r element.OpenAccount) (a element.Account, err error) {
	err = o.withKey(terminals, r.KSN, usageData, pkcs11.CKA_DECRYPT, func(s *session, key pkcs11.ObjectHandle) error {
		if len(r.Sealed) < tagSize {
			return element.CodeSeal
		}
		a.Data, err = s.open(key, make([]byte, 12), r.KSN[:], r.Sealed)
		return err
	})
	return a, err
}

// MACVerify compares here: a token compares whole tags alone.
func (o *operations) MACVerify(r element.MACVerify) (v element.Verified, err error) {
	tag, err := o.mac(r.KSN, usageMACGenerate, r.Data)
	if err == nil && subtle.ConstantTimeCompare(tag[:], r.MAC[:]) != 1 {
		err = element.CodeSeal
	}
	return v, err
}

// MACGenerate authenticates an answer to a terminal.
func (o *operations) MACGenerate(r element.MACGenerate) (m element.MAC, err error) {
	m.MAC, err = o.mac(r.KSN, usageMACVerify, r.Data)
	return m, err
}

func (o *operations) mac(ksn element.KSN, usage uint16, data []byte) (short [element.MACSize]byte, err error) {
	err = o.withKey(terminals, ksn, usage, pkcs11.CKA_SIGN, func(s *session, key pkcs11.ObjectHandle) error {
		tag, err := s.mac(key, data)
		copy(short[:], tag)
		clear(tag)
		return err
	})
	return short, err
}

// PANReference is a MAC over a label and the account number.
func (o *operations) PANReference(r element.PANReference) (ref element.Reference, err error) {
	malformed := len(r.PAN) < minAccount || len(r.PAN) > maxAccount || !isNumber(r.PAN)
	err = o.token.with(func(s *session) error {
		switch {
		case s.keys.reference == 0:
			return element.CodeKey
		case malformed:
			return element.CodeMalformed
		}
		tag, err := s.mac(s.keys.reference, append([]byte("strongroom card 1"), r.PAN...))
		copy(ref.Reference[:], tag)
		return err
	})
	return ref, codeOf(err)
}

func isNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
