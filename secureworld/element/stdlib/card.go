package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/emvac"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// VerifyARQC verifies a card's cryptogram and answers it.
func (o *operations) VerifyARQC(r element.VerifyARQC) (a element.IssuerAuthentication, err error) {
	if o.ring.issuerAC == nil {
		return a, element.CodeKey
	}
	var master, session [emvac.KeySize]byte
	defer func() { clear(master[:]); clear(session[:]) }()
	if emvac.MasterKey(&master, o.ring.issuerAC, r.PAN, r.PSN) != nil {
		return a, element.CodeMalformed
	}
	card, eraseCard, err := schedule.NewTDES(master[:], nil)
	if err != nil {
		return a, err
	}
	defer eraseCard()
	emvac.CommonSessionKey(&session, card, [8]byte{r.ATC[0], r.ATC[1]})
	if ok, err := emvac.Verify(&session, r.Data, r.ARQC); err != nil || !ok {
		return a, element.CodeCryptogram
	}
	key, erase, err := schedule.NewTDES(session[:], nil)
	if err != nil {
		return a, err
	}
	defer erase()
	if r.Method == element.Method1 {
		arpc := emvac.ARPC1(key, r.ARQC, r.ARC)
		a.Data = append(arpc[:], r.ARC[:]...)
		return a, nil
	}
	arpc, err := emvac.ARPC2(&session, r.ARQC, r.CSU[:])
	a.Data = append(arpc[:], r.CSU[:]...)
	return a, err
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
