// Package unseal reads the plaintext of an envelope of the card reader (package
// sred) after the kernel opened it in place: account data and EMV data, each
// BER-TLV in its one canonical form (EMV 4.4 Book 3, Annex B).
//
// Only the payment application imports it. It must never copy account data to
// anywhere but an account.Account. What it returns otherwise are slices of the
// plaintext, which the caller wipes.
package unseal

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// ErrContents reports a plaintext that is no pair of account and EMV data, or
// data that contradict each other. It never says which.
var ErrContents = errors.New("unseal: contents missing, malformed or contradictory")

// Account reads the account data into a. It leaves the EMV data unread: what
// the reader sends before the PIN is not yet complete.
func Account(plaintext []byte, a *account.Account) error {
	data, _, err := contents.Unpack(plaintext)
	if err != nil || a.Parse(data) != nil {
		return ErrContents
	}
	return nil
}

// All reads account data into a and returns the EMV data beside them. After an
// error a is empty.
func All(plaintext []byte, a *account.Account) (EMV, error) {
	data, chip, err := contents.Unpack(plaintext)
	if err != nil || a.Parse(data) != nil {
		return EMV{}, ErrContents
	}
	e, err := parseEMV(chip)
	if err != nil || !agree(e, a) {
		a.Wipe()
		return EMV{}, ErrContents
	}
	return e, nil
}

// Chain reads account data into a and returns the certificates beside them. After
// an error a is empty.
func Chain(plaintext []byte, a *account.Account) (EMV, error) { return All(plaintext, a) }

// agree compares the PAN sequence number, the one element that may be in both
// parts, and takes it over.
func agree(e EMV, a *account.Account) bool {
	v, ok := e.Value(tlv.Tag5F34PANSequenceNumber)
	return !ok || len(v) == 1 && a.SetSequence(v[0])
}
