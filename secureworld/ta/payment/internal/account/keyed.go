package account

// code is the verification code that is printed on a card, ASCII.
type code struct {
	digits [maxCode]byte
	length uint8
}

// Keyed fills a from a card that was keyed in: PAN digits with zeros behind,
// expiry YYMM, verification code of three or four digits with zeros behind, all
// ASCII (package pinentry). After an error a is empty.
func (a *Account) Keyed(b []byte) error {
	a.Wipe()
	if len(b) != keyedSize || !a.keyed(b[:MaxPAN], b[MaxPAN:MaxPAN+4], b[MaxPAN+4:]) {
		a.Wipe()
		return ErrAccount
	}
	return nil
}

func (a *Account) keyed(pan, expiry, verification []byte) bool {
	digits, ok := unterminated(pan)
	if !ok || !allDigits(expiry) || !a.PAN.set(digits) {
		return false
	}
	a.date = [3]byte{nibbleOf(expiry[0])<<4 | nibbleOf(expiry[1]), nibbleOf(expiry[2])<<4 | nibbleOf(expiry[3])}
	if !packedMonth(a.date[1]) {
		return false
	}
	a.date[2], a.hasDate = lastDay(a.date[1]), true
	a.fieldLength = uint8(len(a.Field(&a.field)))
	v, ok := unterminated(verification)
	if !ok || len(v) < 3 {
		return false
	}
	copy(a.code.digits[:], v)
	a.code.length = uint8(len(v))
	return true
}

// lastDay of a packed month; a card is valid to its end. The 28th is in every
// February.
func lastDay(month byte) byte {
	switch month {
	case 0x02:
		return 0x28
	case 0x04, 0x06, 0x09, 0x11:
		return 0x30
	}
	return 0x31
}

// unterminated cuts the zeros behind ASCII digits.
func unterminated(b []byte) ([]byte, bool) {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return b[:n], n > 0 && allDigits(b[:n])
}
