package oda

// ICC verifies a card's certificate under its issuer's key and returns the
// card's key (Book 2, clause 6.4): tags 9F46, 9F48 (empty where the card has
// none) and 9F47, pan as in 5A. static is the static data to be authenticated:
// the record bytes, then the AIP where 9F4A says so. It returns ErrCertificate
// or ErrExpired.
func ICC(issuer PublicKey, cert9F46, remainder9F48, exponent9F47, pan, static []byte, today Date) (PublicKey, error) {
	return card(issuer, signedKey{formatICC, panLength, cert9F46, remainder9F48, exponent9F47, static}, pan, today)
}

// PINEncipherment verifies the certificate of a card's key for PINs under its
// issuer's key and returns it (Book 2, clause 7.1): tags 9F2D, 9F2F and 9F2E. It
// is ICC without static data.
func PINEncipherment(
	issuer PublicKey, cert9F2D, remainder9F2F, exponent9F2E, pan []byte, today Date,
) (PublicKey, error) {
	return card(issuer, signedKey{formatICC, panLength, cert9F2D, remainder9F2F, exponent9F2E, nil}, pan, today)
}

func card(issuer PublicKey, signed signedKey, pan []byte, today Date) (PublicKey, error) {
	c, err := signed.verify(issuer)
	defer clear(c.name) // the PAN
	switch {
	case err != nil:
		return PublicKey{}, err
	case !sameNumber(c.name, pan):
		return PublicKey{}, ErrCertificate
	case expired(c.expiry, today):
		return PublicKey{}, ErrExpired
	}
	return c.key, nil
}
