// Package hsm puts the acquirer's questions to its secure elements: whole
// messages, accounts and PINs instead of single operations.
//
// The host imports it. It holds no key. Account data that an element opened
// are in a form that does not print, and cleared by whoever asked for them.
package hsm

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Elements is what an element does; element.Client is one.
type Elements interface {
	Status(context.Context) (element.Health, error)
	OpenAccount(context.Context, element.OpenAccount) (element.Account, error)
	MACVerify(context.Context, element.MACVerify) error
	MACGenerate(context.Context, element.MACGenerate) (element.MAC, error)
	TranslatePIN(context.Context, element.TranslatePIN) (element.Translated, error)
	VerifyPIN(context.Context, element.VerifyPIN) error
	VerifyARQC(context.Context, element.VerifyARQC) (element.IssuerAuthentication, error)
	PANReference(context.Context, element.PANReference) (element.Reference, error)
	VerifyCVV(context.Context, element.VerifyCVV) error
	VerifyCVC3(context.Context, element.VerifyCVC3) error
	ScriptMAC(context.Context, element.ScriptMAC) (element.MAC, error)
}

// HSM asks elements.
type HSM struct{ elements Elements }

// New asks e.
func New(e Elements) *HSM { return &HSM{elements: e} }

// Ready reports whether an element answers and has keys.
func (h *HSM) Ready(ctx context.Context) bool {
	s, err := h.elements.Status(ctx)
	return err == nil && s.Ready
}

// Authentic verifies the MAC at the end of a terminal's message.
func (h *HSM) Authentic(ctx context.Context, ksn element.KSN, body, mac []byte) (bool, error) {
	if len(mac) != element.MACSize {
		return false, nil
	}
	err := h.elements.MACVerify(ctx, element.MACVerify{KSN: ksn, Data: body, MAC: [element.MACSize]byte(mac)})
	if errors.Is(err, element.CodeSeal) || errors.Is(err, element.CodeKey) {
		return false, nil
	}
	return err == nil, err
}

// Sign computes the MAC of body for the terminal into mac.
func (h *HSM) Sign(ctx context.Context, ksn element.KSN, body, mac []byte) error {
	m, err := h.elements.MACGenerate(ctx, element.MACGenerate{KSN: ksn, Data: body})
	copy(mac, m.MAC[:])
	return err
}

// Reference names the card of a PAN.
func (h *HSM) Reference(ctx context.Context, pan []byte) ([16]byte, error) {
	r, err := h.elements.PANReference(ctx, element.PANReference{PAN: pan})
	return r.Reference, err
}

// ErrPIN says that a PIN is wrong; there is one reason for all.
var ErrPIN = errors.New("hsm: wrong PIN")

// CheckPIN takes a PIN pad's block into the issuer's zone and compares it with
// the card's reference. Translation and comparison are two elements' work in
// life; here they may be one's.
func (h *HSM) CheckPIN(ctx context.Context, ksn element.KSN, block element.PINBlock, pan, offset []byte) error {
	t, err := h.elements.TranslatePIN(ctx, element.TranslatePIN{KSN: ksn, Block: block, PAN: pan})
	if err == nil {
		err = h.elements.VerifyPIN(ctx, element.VerifyPIN{Block: t.Block, PAN: pan, Offset: offset})
	}
	if errors.Is(err, element.CodePIN) || errors.Is(err, element.CodeKey) {
		return ErrPIN
	}
	return err
}

// ErrCryptogram says that a card's cryptogram is not its own.
var ErrCryptogram = errors.New("hsm: cryptogram does not verify")

// Answer verifies a cryptogram and returns the value of tag 91, nil for
// element.MethodNone.
func (h *HSM) Answer(ctx context.Context, r element.VerifyARQC) ([]byte, error) {
	a, err := h.elements.VerifyARQC(ctx, r)
	if errors.Is(err, element.CodeCryptogram) || errors.Is(err, element.CodeMalformed) {
		return nil, ErrCryptogram
	}
	return a.Data, err
}

// ErrAccount says that sealed account data do not open or are not an account.
var ErrAccount = errors.New("hsm: account data refused")

// Account opens what a terminal sealed.
func (h *HSM) Account(ctx context.Context, ksn element.KSN, sealed []byte) (*Account, error) {
	opened, err := h.elements.OpenAccount(ctx, element.OpenAccount{KSN: ksn, Sealed: sealed})
	if errors.Is(err, element.CodeSeal) || errors.Is(err, element.CodeKey) || errors.Is(err, element.CodeMalformed) || len(sealed) > element.MaxSealed {
		return nil, ErrAccount
	}
	if err != nil {
		return nil, err
	}
	defer clear(opened.Data)
	return parseAccount(opened.Data)
}
