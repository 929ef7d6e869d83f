package hsm

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

const valueSize = 3

// ErrValue says that a card verification value or a dynamic code is not the
// card's.
var ErrValue = errors.New("hsm: card verification value does not verify")

// CheckStripe verifies the value on a stripe under the stripe's own service code.
func (h *HSM) CheckStripe(ctx context.Context, a *Account, pan []byte) (err error) {
	code := a.ServiceCode()
	found := a.useValue(func(value [valueSize]byte) {
		err = h.checkValue(ctx, element.VerifyCVV{PAN: pan, Expiry: a.yymm(), Service: [serviceSize]byte([]byte(code)), Place: element.PlaceStripe, Value: value})
	})
	if !found {
		return ErrValue
	}
	return err
}

// CheckPrinted verifies the value that is printed on a card. One of four digits
// is of a scheme that this issuer has no cards of.
func (h *HSM) CheckPrinted(ctx context.Context, a *Account, pan []byte) (err error) {
	err = ErrValue
	a.cvv2.Use(func(b []byte) {
		if len(b) == valueSize {
			err = h.checkValue(ctx, element.VerifyCVV{PAN: pan, Expiry: a.yymm(), Place: element.PlacePrint, Value: [valueSize]byte(b)})
		}
	})
	return err
}

func (h *HSM) checkValue(ctx context.Context, r element.VerifyCVV) error {
	return valueError(h.elements.VerifyCVV(ctx, r))
}

// Checksum is what a contactless stripe gave beside its track.
type Checksum struct {
	UN   [4]byte // n 8
	ATC  [2]byte
	Code [2]byte // CVC3 of track 2
}

// CheckChecksum verifies a dynamic code. discretionary are the digits behind the
// service code as the card was personalised.
func (h *HSM) CheckChecksum(ctx context.Context, a *Account, pan []byte, psn uint8, discretionary string, c Checksum) error {
	track := a.static(pan, discretionary)
	defer clear(track)
	return valueError(h.elements.VerifyCVC3(ctx, element.VerifyCVC3{PAN: pan, PSN: psn, Track: track, UN: c.UN, ATC: c.ATC, Code: c.Code}))
}

// ErrScript says that no element authenticates this command.
var ErrScript = errors.New("hsm: script command refused")

// Script authenticates a script's command.
func (h *HSM) Script(ctx context.Context, r element.ScriptMAC) ([element.MACSize]byte, error) {
	m, err := h.elements.ScriptMAC(ctx, r)
	if errors.Is(err, element.CodeKey) || errors.Is(err, element.CodeMalformed) {
		return m.MAC, ErrScript
	}
	return m.MAC, err
}

// valueError: a value that no key can verify is as good as a wrong one.
func valueError(err error) error {
	if errors.Is(err, element.CodeCryptogram) || errors.Is(err, element.CodeMalformed) || errors.Is(err, element.CodeKey) {
		return ErrValue
	}
	return err
}

func (a *Account) yymm() [4]byte {
	return [4]byte([]byte(fmt.Sprintf("%02X%02X", a.Expiry[0], a.Expiry[1])))
}
