package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// checkAccount holds the card to one account: 5A well formed, 57 and 5F24 in
// agreement with it (EMV 4.4 Book 3, Annex A1; ISO/IEC 7812-1 for Luhn).
func (t *Transaction) checkAccount() Reason {
	pan := t.card.Value(tlv.Tag5APAN)
	n := objects.Digits(pan)
	if len(pan) > 10 || n < 12 || n > 19 || !objects.Padded(pan, n) {
		return ReasonAccount
	}
	if psn, ok := t.card.Get(tlv.Tag5F34PANSequenceNumber); ok && !objects.AllDigits(psn) {
		return ReasonAccount
	}
	if !t.cfg.AcceptAnyCheckDigit && !objects.Luhn(pan, n) {
		return ReasonAccount
	}
	expiry := t.card.Value(tlv.Tag5F24ApplicationExpirationDate)
	if !objects.ValidDate(expiry) {
		return ReasonDate
	}
	if track, ok := t.card.Get(tlv.Tag57Track2EquivalentData); ok && !objects.Track2Agrees(track, pan, n, expiry) {
		return ReasonAccount
	}
	return ReasonNone
}
