package engine

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/emvac"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/tdes"
)

// cardKey calls use with the card's own key under one of the issuer's.
func cardKey(issuer cipher.Block, pan []byte, psn uint8, use func(master *[emvac.KeySize]byte, card cipher.Block) error) error {
	if issuer == nil {
		return element.CodeKey
	}
	var master [emvac.KeySize]byte
	defer clear(master[:])
	if emvac.MasterKey(&master, issuer, pan, psn) != nil {
		return element.CodeMalformed
	}
	card := new(tdes.Key)
	defer card.Erase()
	card.Open(&master)
	return use(&master, card)
}

// VerifyARQC verifies a card's cryptogram and answers it.
func (o *operations) VerifyARQC(r element.VerifyARQC) (a element.IssuerAuthentication, err error) {
	if r.Method == element.Method2 && r.Derivation != element.DeriveCommon {
		return a, element.CodeMalformed
	}
	err = cardKey(o.ring.issuerAC, r.PAN, r.PSN, func(master *[emvac.KeySize]byte, card cipher.Block) error {
		var session [emvac.KeySize]byte
		defer clear(session[:])
		emvac.SessionKey(&session, r.Derivation, master, card, r.ATC, r.UN)
		if ok, err := emvac.Verify(&session, emvac.Pad(r.Derivation, r.Data), r.ARQC); err != nil || !ok {
			return element.CodeCryptogram
		}
		a.Data, err = respond(r, &session, card)
		return err
	})
	return a, err
}

// respond makes tag 91.
func respond(r element.VerifyARQC, session *[emvac.KeySize]byte, card cipher.Block) ([]byte, error) {
	switch r.Method {
	case element.Method1:
		return respond1(r, session, card)
	case element.Method2:
		arpc, err := emvac.ARPC2(session, r.ARQC, r.CSU[:])
		return append(arpc[:], r.CSU[:]...), err
	}
	return nil, nil
}

// respond1 works under the session key where that is the EMV common one.
func respond1(r element.VerifyARQC, session *[emvac.KeySize]byte, key cipher.Block) ([]byte, error) {
	if r.Derivation == element.DeriveCommon {
		own := new(tdes.Key)
		defer own.Erase()
		own.Open(session)
		key = own
	}
	arpc := emvac.ARPC1(key, r.ARQC, r.ARC)
	return append(arpc[:], r.ARC[:]...), nil
}

// PANReference is a CMAC over the account number.
func (o *operations) PANReference(r element.PANReference) (ref element.Reference, err error) {
	if o.ring.reference == nil {
		return ref, element.CodeKey
	}
	if !accountNumber(r.PAN) {
		return ref, element.CodeMalformed
	}
	copy(ref.Reference[:], cmac.Sum(nil, o.ring.reference, []byte("strongroom card 1"), r.PAN))
	return ref, nil
}

func accountNumber(pan []byte) bool {
	for _, c := range pan {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(pan) >= 12 && len(pan) <= 19
}
