//go:build linux && cgo

package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// labelPrefix begins the labels of this element's keys; the slot follows, and the
// id of a base derivation key.
const labelPrefix = "strongroom element "

// template is of a secret AES key with one use, an attribute such as CKA_DERIVE.
// It never leaves the token, and it is kept there or dies with the session.
func template(kept bool, use uint) []*pkcs11.Attribute {
	a := pkcs11.NewAttribute
	t := []*pkcs11.Attribute{
		a(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), a(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES),
		a(pkcs11.CKA_TOKEN, kept), a(pkcs11.CKA_PRIVATE, true),
		a(pkcs11.CKA_SENSITIVE, true), a(pkcs11.CKA_EXTRACTABLE, false),
	}
	if !kept { // the length of a key that comes with its value is not asked for
		t = append(t, a(pkcs11.CKA_VALUE_LEN, keySize))
	}
	for _, u := range []uint{
		pkcs11.CKA_DERIVE, pkcs11.CKA_ENCRYPT, pkcs11.CKA_DECRYPT, pkcs11.CKA_SIGN,
		pkcs11.CKA_VERIFY, pkcs11.CKA_WRAP, pkcs11.CKA_UNWRAP,
	} {
		t = append(t, a(u, u == use))
	}
	return t
}

// policy is what a slot's block must say and what its key may do in the token.
type policy struct {
	expect keyblock.Expect
	use    uint
}

// policies are the slots that a token has a use for.
func policies() map[element.Slot]policy {
	return map[element.Slot]policy{
		element.SlotTerminalBDK:  {keyblock.Expect{Usage: "B0", Algorithm: 'A', Mode: 'X'}, pkcs11.CKA_DERIVE},
		element.SlotPINBDK:       {keyblock.Expect{Usage: "B0", Algorithm: 'A', Mode: 'X'}, pkcs11.CKA_DERIVE},
		element.SlotZonePIN:      {keyblock.Expect{Usage: "P0", Algorithm: 'A', Mode: 'B'}, pkcs11.CKA_ENCRYPT},
		element.SlotPANReference: {keyblock.Expect{Usage: "M6", Algorithm: 'A', Mode: 'C'}, pkcs11.CKA_SIGN},
	}
}

func isBDK(s element.Slot) bool { return s == element.SlotTerminalBDK || s == element.SlotPINBDK }

// ring is the token's keys by their handles. It does not change.
type ring struct {
	terminals, pinPads map[[4]byte]pkcs11.ObjectHandle
	zone, reference    pkcs11.ObjectHandle // 0: none
	count              uint16
}

// find takes the keys by their labels.
func (s *session) find() (*ring, error) {
	r := newRing()
	found, err := s.search(pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true))
	if err != nil {
		return nil, err
	}
	for _, h := range found {
		got, err := s.library.GetAttributeValue(s.handle, h, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_LABEL, nil)})
		if err != nil || len(got) != 1 {
			return nil, errors.Join(errors.New("reading a key's label"), err)
		}
		if name, ours := strings.CutPrefix(string(got[0].Value), labelPrefix); ours {
			if err := r.place(name, h); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

func newRing() *ring {
	return &ring{terminals: make(map[[4]byte]pkcs11.ObjectHandle), pinPads: make(map[[4]byte]pkcs11.ObjectHandle)}
}

// place refuses one BDK id for two purposes, or a terminal's KSN could be used for
// PINs.
func (r *ring) place(label string, h pkcs11.ObjectHandle) error {
	slot, id, _ := strings.Cut(label, " ")
	b, err := hex.DecodeString(id)
	if err != nil || isBDK(element.Slot(slot)) != (len(b) == 4) {
		return errors.New("a key of the token has another label than this program gives")
	}
	r.count++
	switch s := element.Slot(slot); s {
	case element.SlotTerminalBDK, element.SlotPINBDK:
		bdk := [4]byte(b)
		if r.terminals[bdk] != 0 || r.pinPads[bdk] != 0 {
			return errors.New("the token has a BDK id twice")
		}
		if s == element.SlotPINBDK {
			r.pinPads[bdk] = h
		} else {
			r.terminals[bdk] = h
		}
		return nil
	case element.SlotZonePIN:
		return once(&r.zone, h)
	case element.SlotPANReference:
		return once(&r.reference, h)
	}
	return errors.New("a key of the token has another label than this program gives")
}

func once(seat *pkcs11.ObjectHandle, h pkcs11.ObjectHandle) error {
	if *seat != 0 {
		return errors.New("the token has a key twice")
	}
	*seat = h
	return nil
}

func (s *session) search(template ...*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	if err := s.library.FindObjectsInit(s.handle, template); err != nil {
		return nil, err
	}
	found, _, err := s.library.FindObjects(s.handle, maxKeys+1)
	if end := s.library.FindObjectsFinal(s.handle); err == nil {
		err = end
	}
	if err == nil && len(found) > maxKeys {
		err = fmt.Errorf("the token has more than %d keys", maxKeys)
	}
	return found, err
}
