package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// hostElement stands in for the acquirer's secure elements, in one process and
// without key blocks: a PIN in the issuer's zone is the PIN itself.
type hostElement struct {
	terminals map[[8]byte]*device
	pads      map[[8]byte]*device
}

func newElement(lanes int) *hostElement {
	e := &hostElement{map[[8]byte]*device{}, map[[8]byte]*device{}}
	for i := range lanes {
		for g := range generations {
			h := hostDevice(i, g)
			e.terminals[h.id] = &h
		}
		p := newDevice(pinBDK, pinBDKID, i)
		e.pads[p.id] = &p
	}
	return e
}

func transactionOf(from map[[8]byte]*device, ksn element.KSN) (*dukpt.Transaction, error) {
	d := from[[8]byte(ksn[:8])]
	n := binary.BigEndian.Uint32(ksn[8:])
	if d == nil || !dukpt.ValidCounter(n) {
		return nil, element.CodeKey
	}
	return d.at(n), nil
}

func (e *hostElement) Status(context.Context) (element.Health, error) {
	return element.Health{Ready: true}, nil
}

func (e *hostElement) OpenAccount(_ context.Context, r element.OpenAccount) (a element.Account, err error) {
	t, err := transactionOf(e.terminals, r.KSN)
	if err != nil {
		return a, err
	}
	if a.Data, err = gcmOf(working(t, (*dukpt.Transaction).DataEncryptionKey)).Open(nil, make([]byte, 12), r.Sealed, r.KSN[:]); err != nil {
		return a, element.CodeSeal
	}
	return a, nil
}

func (e *hostElement) MACVerify(_ context.Context, r element.MACVerify) error {
	t, err := transactionOf(e.terminals, r.KSN)
	if err != nil {
		return err
	}
	if !cmac.Verify(aesOf(working(t, (*dukpt.Transaction).MACGenerationKey)), r.MAC[:], r.Data) {
		return element.CodeSeal
	}
	return nil
}

func (e *hostElement) MACGenerate(_ context.Context, r element.MACGenerate) (m element.MAC, err error) {
	t, err := transactionOf(e.terminals, r.KSN)
	if err == nil {
		copy(m.MAC[:], cmac.Sum(nil, aesOf(working(t, (*dukpt.Transaction).MACVerificationKey)), r.Data))
	}
	return m, err
}

func (e *hostElement) TranslatePIN(_ context.Context, r element.TranslatePIN) (out element.Translated, err error) {
	t, err := transactionOf(e.pads, r.KSN)
	if err != nil {
		return out, err
	}
	var pin [12]byte
	n, err := pinblock.DecodeFormat4(pin[:], aesOf(working(t, (*dukpt.Transaction).PINEncryptionKey)), r.Block[:], r.PAN)
	if err != nil {
		return out, element.CodePIN
	}
	copy(out.Block[:], pin[:n])
	return out, nil
}

func (e *hostElement) VerifyPIN(_ context.Context, r element.VerifyPIN) error {
	if !bytes.Equal(bytes.TrimRight(r.Block[:], "\x00"), r.Offset) {
		return element.CodePIN
	}
	return nil
}

// VerifyARQC knows the versions whose keys are EMV's common session keys.
func (e *hostElement) VerifyARQC(_ context.Context, r element.VerifyARQC) (a element.IssuerAuthentication, err error) {
	if r.Derivation != element.DeriveCommon {
		return a, element.CodeKey
	}
	psn := r.PSN>>4*10 + r.PSN&0x0F
	session := virtualcard.SessionKey(virtualcard.CardKey(issuerAC, string(r.PAN), psn), binary.BigEndian.Uint16(r.ATC[:]))
	if !bytes.Equal(virtualcard.RetailMAC(session, r.Data), r.ARQC[:]) {
		return a, element.CodeCryptogram
	}
	switch r.Method {
	case element.Method1:
		a.Data = append(virtualcard.ARPC1(session, r.ARQC[:], r.ARC), r.ARC[:]...)
	case element.Method2:
		a.Data = append(virtualcard.ARPC2(session, r.ARQC[:], r.CSU[:]), r.CSU[:]...)
	}
	return a, nil
}

func (e *hostElement) PANReference(_ context.Context, r element.PANReference) (out element.Reference, err error) {
	copy(out.Reference[:], cmac.Sum(nil, reference, r.PAN))
	return out, nil
}

// VerifyCVV takes every value: a keyed card is told by its number.
func (e *hostElement) VerifyCVV(context.Context, element.VerifyCVV) error   { return nil }
func (e *hostElement) VerifyCVC3(context.Context, element.VerifyCVC3) error { return element.CodeKey }

// ScriptMAC knows the cards whose key for commands comes from the counter.
func (e *hostElement) ScriptMAC(_ context.Context, r element.ScriptMAC) (m element.MAC, err error) {
	if r.Messaging != element.MessagingVisa {
		return m, element.CodeKey
	}
	key := virtualcard.CardKey(issuerSMI, string(r.PAN), r.PSN>>4*10+r.PSN&0x0F)
	for i, b := range r.ATC {
		key[6+i] ^= b
		key[14+i] ^= ^b
	}
	in := slices.Concat(r.Header[:], r.ATC[:], r.ARQC[:], r.Data)
	copy(m.MAC[:], virtualcard.RetailMAC(key, in))
	return m, nil
}
