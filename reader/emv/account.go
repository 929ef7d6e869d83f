package emv

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// checkAccount holds the card to one account: 5A well formed, 57 and 5F24 in
// agreement with it (EMV 4.4 Book 3, Annex A1; ISO/IEC 7812-1 for Luhn).
func (t *Transaction) checkAccount() Reason {
	pan := t.card.value(tlv.Tag5APAN)
	n := digits(pan)
	if len(pan) > 10 || n < 12 || n > 19 || !padded(pan, n) {
		return ReasonAccount
	}
	if psn, ok := t.card.get(tlv.Tag5F34PANSequenceNumber); ok && !allDigits(psn) {
		return ReasonAccount
	}
	if !t.cfg.AcceptAnyCheckDigit && !luhn(pan, n) {
		return ReasonAccount
	}
	expiry := t.card.value(tlv.Tag5F24ApplicationExpirationDate)
	if !validDate(expiry) {
		return ReasonDate
	}
	if track, ok := t.card.get(tlv.Tag57Track2EquivalentData); ok && !track2Agrees(track, pan, n, expiry) {
		return ReasonAccount
	}
	return ReasonNone
}

// nibble is the i-th half byte, high half first.
func nibble(b []byte, i int) byte {
	if i%2 == 0 {
		return b[i/2] >> 4
	}
	return b[i/2] & 0x0F
}

// digits counts the decimal digits that b begins with.
func digits(b []byte) int {
	for i := range 2 * len(b) {
		if nibble(b, i) > 9 {
			return i
		}
	}
	return 2 * len(b)
}

// padded: nothing but F behind the first n digits.
func padded(b []byte, n int) bool {
	for i := n; i < 2*len(b); i++ {
		if nibble(b, i) != 0x0F {
			return false
		}
	}
	return true
}

func luhn(pan []byte, n int) bool {
	sum := 0
	for i := range n {
		d := int(nibble(pan, n-1-i))
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}

// track2Agrees: PAN, separator D, expiry YYMM, service code, discretionary
// digits, padding F.
func track2Agrees(track, pan []byte, n int, expiry []byte) bool {
	if len(track) > 19 || 2*len(track) < n+8 || digits(track) != n || nibble(track, n) != 0x0D {
		return false
	}
	for i := range n {
		if nibble(track, i) != nibble(pan, i) {
			return false
		}
	}
	for i := range 4 {
		if nibble(track, n+1+i) != nibble(expiry, i) {
			return false
		}
	}
	end := n + 8
	for end < 2*len(track) && nibble(track, end) <= 9 {
		end++
	}
	return allDecimal(track, n+5, n+8) && padded(track, end)
}

func allDecimal(b []byte, from, to int) bool {
	for i := from; i < to; i++ {
		if nibble(b, i) > 9 {
			return false
		}
	}
	return true
}
