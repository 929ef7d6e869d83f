package main

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/apdu"
)

// pool is the cards of all readers: a question goes to the one that has rested
// longest, and on to the next where that one does not answer.
type pool struct {
	idle  chan *apdu.Client // has room for all of them
	verbs uint32
}

var _ element.Operations = (*pool)(nil)

// Verbs are those that every applet offered at the start.
func (p *pool) Verbs() uint32 { return p.verbs }

// ask asks one card, or one after the other. Asking twice is harmless.
func ask[R, A any](p *pool, r R, do func(*apdu.Client, R) (A, error)) (a A, err error) {
	for range cap(p.idle) {
		c := <-p.idle
		a, err = do(c, r)
		p.idle <- c
		if !errors.Is(err, element.CodeUnavailable) {
			return a, err
		}
	}
	return a, err
}

// Status is that of one card.
func (p *pool) Status(r element.Status) (element.Health, error) {
	return ask(p, r, (*apdu.Client).Status)
}

// TranslatePIN is the card's.
func (p *pool) TranslatePIN(r element.TranslatePIN, chance *element.Chance) (element.Translated, error) {
	return ask(p, r, func(c *apdu.Client, r element.TranslatePIN) (element.Translated, error) {
		return c.TranslatePIN(r, chance)
	})
}

// OpenAccount is the card's.
func (p *pool) OpenAccount(r element.OpenAccount) (element.Account, error) {
	return ask(p, r, (*apdu.Client).OpenAccount)
}

// MACVerify is the card's.
func (p *pool) MACVerify(r element.MACVerify) (element.Verified, error) {
	return ask(p, r, (*apdu.Client).MACVerify)
}

// MACGenerate is the card's.
func (p *pool) MACGenerate(r element.MACGenerate) (element.MAC, error) {
	return ask(p, r, (*apdu.Client).MACGenerate)
}

// VerifyPIN is the card's.
func (p *pool) VerifyPIN(r element.VerifyPIN) (element.Verified, error) {
	return ask(p, r, (*apdu.Client).VerifyPIN)
}

// VerifyARQC is the card's.
func (p *pool) VerifyARQC(r element.VerifyARQC) (element.IssuerAuthentication, error) {
	return ask(p, r, (*apdu.Client).VerifyARQC)
}

// PINOffset is the card's.
func (p *pool) PINOffset(r element.PINOffset) (element.Offset, error) {
	return ask(p, r, (*apdu.Client).PINOffset)
}

// PANReference is the card's.
func (p *pool) PANReference(r element.PANReference) (element.Reference, error) {
	return ask(p, r, (*apdu.Client).PANReference)
}

// VerifyCVV is the card's.
func (p *pool) VerifyCVV(r element.VerifyCVV) (element.Verified, error) {
	return ask(p, r, (*apdu.Client).VerifyCVV)
}

// VerifyCVC3 is the card's.
func (p *pool) VerifyCVC3(r element.VerifyCVC3) (element.Verified, error) {
	return ask(p, r, (*apdu.Client).VerifyCVC3)
}

// ScriptMAC is the card's.
func (p *pool) ScriptMAC(r element.ScriptMAC) (element.MAC, error) {
	return ask(p, r, (*apdu.Client).ScriptMAC)
}

// LoadKeyBlock is the card's.
func (p *pool) LoadKeyBlock(r element.LoadKeyBlock) (element.LoadedKey, error) {
	return ask(p, r, (*apdu.Client).LoadKeyBlock)
}

// Derive is the card's.
func (p *pool) Derive(r element.Derive, chance *element.Chance) (element.DerivedKey, error) {
	return ask(p, r, func(c *apdu.Client, r element.Derive) (element.DerivedKey, error) {
		return c.Derive(r, chance)
	})
}

// TranslatePINUnder is the card's.
func (p *pool) TranslatePINUnder(r element.TranslatePINUnder, chance *element.Chance) (element.Translated, error) {
	return ask(p, r, func(c *apdu.Client, r element.TranslatePINUnder) (element.Translated, error) {
		return c.TranslatePINUnder(r, chance)
	})
}

// OpenAccountUnder is the card's.
func (p *pool) OpenAccountUnder(r element.OpenAccountUnder) (element.Account, error) {
	return ask(p, r, (*apdu.Client).OpenAccountUnder)
}
