package engine

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/workingkey"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// workingUnder is working for a base derivation key that came along.
func (o *operations) workingUnder(g *guest, base *workingkey.Base, k element.KSN, u workingkey.Usage) (w workingkey.Working, err error) {
	if g.bdk != [4]byte(k[:4]) {
		return w, element.CodeKey
	}
	if w, err = o.ring.keys.DeriveApart(base, dukpt.KSN(k), u); err != nil {
		return w, element.CodeKey
	}
	return w, nil
}

// TranslatePINUnder is TranslatePIN between keys of which one or both came along.
func (o *operations) TranslatePINUnder(r element.TranslatePINUnder, chance *element.Chance) (t element.Translated, err error) {
	if len(r.Base) == 0 && len(r.Zone) == 0 {
		return t, element.CodeMalformed
	}
	kek := o.ring.exchange[r.KEK]
	if kek == nil {
		return t, element.CodeKey
	}
	err = o.ring.withBase(kek, r.Base, func(g *guest, base *workingkey.Base) error {
		return o.ring.withZone(kek, r.Zone, func(zone cipher.Block) error {
			w, err := o.pinKey(g, base, r.KSN)
			if err != nil {
				return err
			}
			defer w.Release()
			t.Block, err = translate(w, zone, r.Block, r.PAN, chance)
			return err
		})
	})
	return t, err
}

func (o *operations) pinKey(g *guest, base *workingkey.Base, ksn element.KSN) (workingkey.Working, error) {
	if g == nil {
		return o.working(o.ring.pinPads, ksn, workingkey.PIN())
	}
	return o.workingUnder(g, base, ksn, workingkey.PIN())
}

// withZone calls use with the zone's key that came along, or with the element's own.
func (r *ring) withZone(kek *exchange, block []byte, use func(cipher.Block) error) error {
	g, err := r.guest(kek, block, "P0")
	switch {
	case err != nil:
		return err
	case g == nil && r.zone == nil:
		return element.CodeKey
	case g == nil:
		return use(r.zone)
	}
	defer g.wipe()
	zone, erase := openAES(g.key[:])
	defer erase()
	return use(zone)
}

func translate(w workingkey.Working, zone cipher.Block, block element.PINBlock, pan []byte, chance *element.Chance) (out element.PINBlock, err error) {
	b := w.Block((*[len(block)]byte)(&block))
	if pinblock.Refill4(b, w.Cipher(), zone, b, pan, [8]byte(chance[:])) != nil {
		return out, element.CodePIN
	}
	copy(out[:], b)
	return out, nil
}

// OpenAccountUnder is OpenAccount under a base derivation key that came along.
func (o *operations) OpenAccountUnder(r element.OpenAccountUnder) (a element.Account, err error) {
	if len(r.Base) == 0 {
		return a, element.CodeMalformed
	}
	kek := o.ring.exchange[r.KEK]
	if kek == nil {
		return a, element.CodeKey
	}
	err = o.ring.withBase(kek, r.Base, func(g *guest, base *workingkey.Base) error {
		w, err := o.workingUnder(g, base, r.KSN, workingkey.DeviceData())
		if err != nil {
			return err
		}
		defer w.Release()
		a.Data, err = openSealed(w, r.KSN, r.Sealed)
		return err
	})
	return a, err
}

func openSealed(w workingkey.Working, ksn element.KSN, sealed []byte) ([]byte, error) {
	gcm, erase, err := schedule.NewGCM(w.Key()[:], nil)
	if err != nil {
		return nil, err
	}
	defer erase()
	data, err := gcm.Open(nil, make([]byte, gcm.NonceSize()), sealed, ksn[:])
	if err != nil {
		return nil, element.CodeSeal
	}
	return data, nil
}
