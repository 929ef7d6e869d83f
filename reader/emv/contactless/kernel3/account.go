package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const (
	minDigits = 12
	maxDigits = 19
)

// pan is 5A, or the PAN of track 2 packed into buf where the card has no 5A. The
// number of digits is 0 for what is no account number.
func (k *Kernel) pan(buf *[10]byte) (pan []byte, digits int) {
	pan, ok := k.card.Get(tlv.Tag5APAN)
	if !ok {
		pan = panOfTrack(buf, k.card.Value(tlv.Tag57Track2EquivalentData))
	}
	n := objects.Digits(pan)
	if len(pan) > 10 || n < minDigits || n > maxDigits || !objects.Padded(pan, n) {
		return nil, 0
	}
	return pan, n
}

// panOfTrack packs the digits before the separator, padded with F.
func panOfTrack(buf *[10]byte, track []byte) []byte {
	n := objects.Digits(track)
	if n > maxDigits {
		return nil
	}
	for i := range 2 * len(buf) {
		d := byte(0x0F)
		if i < n {
			d = objects.Nibble(track, i)
		}
		if i%2 == 0 {
			buf[i/2] = d << 4
		} else {
			buf[i/2] |= d
		}
	}
	return buf[:(n+1)/2]
}

// checkAccount holds the card to one account: 57, 5A and 5F24 agree. Without
// 5F24 the expiry of track 2 stands for it.
func (k *Kernel) checkAccount() emv.Reason {
	var buf [10]byte
	defer clear(buf[:])
	pan, n := k.pan(&buf)
	track := k.card.Value(tlv.Tag57Track2EquivalentData)
	if n == 0 || 2*len(track) < n+8 || !k.cfg.AcceptAnyCheckDigit && !objects.Luhn(pan, n) {
		return emv.ReasonAccount
	}
	if psn, ok := k.card.Get(tlv.Tag5F34PANSequenceNumber); ok && !objects.AllDigits(psn) {
		return emv.ReasonAccount
	}
	expiry, ok := k.card.Get(tlv.Tag5F24ApplicationExpirationDate)
	if ok && !objects.ValidDate(expiry) {
		return emv.ReasonDate
	}
	if !ok {
		expiry = expiryOfTrack(track, n)
	}
	if !objects.ValidDate(expiry) || !objects.Track2Agrees(track, pan, n, expiry) {
		return emv.ReasonAccount
	}
	return emv.ReasonNone
}

// expiryOfTrack is the first day of the month that follows n digits and the
// separator.
func expiryOfTrack(track []byte, n int) []byte {
	d := func(i int) byte { return objects.Nibble(track, n+1+i) }
	return []byte{d(0)<<4 | d(1), d(2)<<4 | d(3), 0x01}
}
