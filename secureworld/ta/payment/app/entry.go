package app

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// entry is an entry mode in the three languages that it is told in.
type entry struct {
	reader byte // 9F39: the first two digits of DE 22, packed
	mode   payment.EntryMode
	host   hostspec.EntryMode
}

// entries are what a reader may say. A keyed card is never a reader's.
func entries() []entry {
	return []entry{
		{0x05, payment.EntryModeChip, hostspec.EntryChip},
		{0x07, payment.EntryModeContactless, hostspec.EntryContactlessChip},
		{0x80, payment.EntryModeFallback, hostspec.EntryFallback},
		{0x90, payment.EntryModeSwipe, hostspec.EntryStripe},
		{0x91, payment.EntryModeContactlessStripe, hostspec.EntryContactlessStripe},
	}
}

// entryOf reads 9F39.
func entryOf(e unseal.EMV) (entry, error) {
	v, _ := e.Value(tlv.Tag9F39POSEntryMode)
	for _, known := range entries() {
		if len(v) == 1 && v[0] == known.reader {
			return known, nil
		}
	}
	return entry{}, call.CodeCardData
}

// stripe reports whether there is no cryptogram by EMV.
func (e entry) stripe() bool {
	return e.mode != payment.EntryModeChip && e.mode != payment.EntryModeContactless
}

// fits holds the account data to the entry mode: a stripe has a track 2, and one
// that says there is a chip is taken only where the chip has failed. A reader
// checks this too; a reader that was taken over does not.
func (e entry) fits(card *account.Account) bool {
	switch e.mode {
	case payment.EntryModeSwipe:
		return isStripe(card) && !card.HasChip()
	case payment.EntryModeFallback:
		return isStripe(card) && card.HasChip()
	case payment.EntryModeContactlessStripe:
		return card.HasContactlessTrack() && !card.HasTrack()
	}
	return !card.HasContactlessTrack() && !card.HasFirstTrack()
}

// isStripe reports whether these are the data of a stripe, which knows no sequence
// number and nothing of an antenna.
func isStripe(card *account.Account) bool {
	_, sequence := card.Sequence()
	return card.HasTrack() && !card.HasContactlessTrack() && !sequence
}
