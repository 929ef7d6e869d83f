package engine

import (
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/ibm3624"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/workingkey"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// TranslatePIN takes a PIN pad's block into the zone, format 4 to format 4 and
// under the same PAN. The fill of the new block is the first bytes of chance.
func (o *operations) TranslatePIN(r element.TranslatePIN, chance *element.Chance) (t element.Translated, err error) {
	if o.ring.zone == nil {
		return t, element.CodeKey
	}
	w, err := o.working(o.ring.pinPads, r.KSN, workingkey.PIN())
	if err != nil {
		return t, err
	}
	defer w.Release()
	t.Block, err = translate(w, o.ring.zone, r.Block, r.PAN, chance)
	return t, err
}

// VerifyPIN compares with the card's reference. A wrong PIN and every fault of
// the block are one answer.
func (o *operations) VerifyPIN(r element.VerifyPIN) (v element.Verified, err error) {
	return v, o.withPIN(r.Block, r.PAN, func(pin []byte) error {
		ok, err := ibm3624.Verify(o.ring.pvk, o.ring.table, r.PAN, pin, r.Offset)
		if err != nil || !ok {
			return element.CodePIN
		}
		return nil
	})
}

// PINOffset makes the reference of a PIN when a card is personalised.
func (o *operations) PINOffset(r element.PINOffset) (out element.Offset, err error) {
	err = o.withPIN(r.Block, r.PAN, func(pin []byte) error {
		offset := make([]byte, ibm3624.MaxPIN)
		n, err := ibm3624.Offset(offset, o.ring.pvk, o.ring.table, r.PAN, pin)
		if err != nil {
			return element.CodePIN
		}
		out.Offset = offset[:n]
		return nil
	})
	return out, err
}

// withPIN calls use with the PIN of a block under the zone key.
func (o *operations) withPIN(block element.PINBlock, pan []byte, use func(pin []byte) error) error {
	if o.ring.zone == nil || o.ring.pvk == nil {
		return element.CodeKey
	}
	var pin [ibm3624.MaxPIN]byte
	defer clear(pin[:])
	n, err := pinblock.DecodeFormat4(pin[:], o.ring.zone, block[:], pan)
	if err != nil {
		return element.CodePIN
	}
	return use(pin[:n])
}
