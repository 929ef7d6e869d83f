package hsm

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// ZonePIN takes a PIN pad's block into the zone, for whoever decides there. ErrPIN: it is
// no PIN of this card, or of no device that is known.
func (h *HSM) ZonePIN(ctx context.Context, ksn element.KSN, block element.PINBlock, pan []byte) (element.PINBlock, error) {
	t, err := h.elements.TranslatePIN(ctx, element.TranslatePIN{KSN: ksn, Block: block, PAN: pan})
	if errors.Is(err, element.CodePIN) || errors.Is(err, element.CodeKey) {
		return element.PINBlock{}, ErrPIN
	}
	return t.Block, err
}

// maxDE35 is what DE 35 has room for.
const maxDE35 = 37

// UseTrack2 calls f with the track as ISO/IEC 7813 writes it, '=' between PAN and expiry,
// which f must not keep; or reports that there was none, or that it is no track of DE 35.
func (a *Account) UseTrack2(f func(track []byte)) (found bool) {
	if !a.Has(hostspec.TagTrack2) && !a.Has(hostspec.TagContactlessTrack2) {
		return false
	}
	track := make([]byte, 0, 2*maxDE35)
	defer func() { clear(track[:cap(track)]) }()
	a.UsePAN(func(pan []byte) { track = append(track, pan...) })
	yymm := a.yymm()
	track = append(append(track, '='), yymm[:]...)
	a.stripe.Use(func(b []byte) { track = append(track, b...) })
	if found = len(track) <= maxDE35; found {
		f(track)
	}
	return found
}

// UseExpiry calls f with YYMM, four digits, which it must not keep.
func (a *Account) UseExpiry(f func(yymm []byte)) {
	yymm := a.yymm()
	defer clear(yymm[:])
	f(yymm[:])
}
