//go:build linux

package main

import (
	"errors"
	"fmt"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/wire"
)

// token is a PKCS#11 token with one session, and the keys found so far.
type token struct {
	library *pkcs11.Ctx
	session pkcs11.SessionHandle
	isOpen  bool
	keys    []key
}

// key is a private key's handle, which stays good as long as the session.
type key struct {
	algorithm wire.Algorithm
	private   pkcs11.ObjectHandle
}

func load(library string) (*token, error) {
	c := pkcs11.New(library)
	if c == nil {
		return nil, errors.New("the library cannot be loaded")
	}
	if err := c.Initialize(); err != nil {
		return nil, fmt.Errorf("initialising the library: %w", err)
	}
	return &token{library: c}, nil
}

func (t *token) close() {
	if t.isOpen {
		_ = t.library.Logout(t.session)
		_ = t.library.CloseSession(t.session)
	}
	_ = t.library.Finalize()
	t.library.Destroy()
}

// failed is the library's own refusal.
func failed(err error) error {
	r := refusal{wire.Refused{Reason: wire.ReasonLibrary}}
	var code pkcs11.Error
	if errors.As(err, &code) {
		r.Code = uint32(code)
	}
	switch r.Code {
	case pkcs11.CKR_PIN_INCORRECT, pkcs11.CKR_PIN_LOCKED, pkcs11.CKR_PIN_LEN_RANGE, pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_EXPIRED:
		r.Reason = wire.ReasonPIN
	case pkcs11.CKR_MECHANISM_INVALID:
		r.Reason = wire.ReasonNotOffer
	}
	return r
}

// open finds the token and logs in, once.
func (t *token) open(label string, pin []byte) (wire.Opened, error) {
	if t.isOpen {
		return wire.Opened{}, refuse(wire.ReasonMalformed)
	}
	slot, info, err := t.slot(label)
	if err != nil {
		return wire.Opened{}, err
	}
	if t.session, err = t.library.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION); err != nil {
		return wire.Opened{}, failed(err)
	}
	if err := t.library.Login(t.session, pkcs11.CKU_USER, string(pin)); err != nil {
		_ = t.library.CloseSession(t.session)
		return wire.Opened{}, failed(err)
	}
	t.isOpen = true
	return wire.Opened{Model: first(info.Model, 16), Serial: first(info.SerialNumber, 16)}, nil
}

func first(s string, n int) []byte { return []byte(s[:min(len(s), n)]) }

func (t *token) slot(label string) (uint, pkcs11.TokenInfo, error) {
	slots, err := t.library.GetSlotList(true)
	if err != nil {
		return 0, pkcs11.TokenInfo{}, failed(err)
	}
	for _, s := range slots {
		if info, err := t.library.GetTokenInfo(s); err == nil && info.Label == label {
			return s, info, nil
		}
	}
	return 0, pkcs11.TokenInfo{}, refuse(wire.ReasonNoToken)
}
