package emv

import (
	"crypto/sha1" //nolint:gosec // what the standard asks for

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// hashTransaction gives a card the TC hash value (98) where its CDOL asks for
// one: SHA-1 over the data of the card's TDOL, or of the default one, which the
// TVR tells (EMV 4.4 Book 3, clause 9.2.2). A list that cannot be filled leaves
// the value out, so that the card gets zeros.
func (t *Transaction) hashTransaction(cdol tlv.DOL) {
	if !cdol.Has(tlv.Tag98TCHashValue) {
		return
	}
	list, ok := t.card.Get(tagTDOL)
	if !ok {
		list = t.app.DefaultTDOL
		t.setTVR(tvrDefaultTDOL)
	}
	t.terminal.Drop(tlv.Tag98TCHashValue)
	d, err := tlv.ParseDOL(list)
	if err != nil || !t.build(&t.auth.tdol, d) {
		return
	}
	sum := sha1.Sum(t.auth.tdol.bytes()) //nolint:gosec // what the standard asks for
	t.terminal.Set(tlv.Tag98TCHashValue, sum[:])
}
