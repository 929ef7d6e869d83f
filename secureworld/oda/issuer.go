package oda

// Issuer verifies an issuer's certificate and returns the issuer's key (Book 2,
// clause 6.3): tags 90, 92 and 9F32 (92 empty where the card has none), pan as
// in 5A. It returns ErrNoCAKey, ErrCertificate, ErrExpired or ErrRevoked.
func (s Set) Issuer(
	rid RID, index byte, cert90, remainder92, exponent9F32, pan []byte, today Date,
) (PublicKey, error) {
	ca, ok := s.Find(rid, index)
	if !ok {
		return PublicKey{}, ErrNoCAKey
	}
	signed := signedKey{formatIssuer, issuerID, cert90, remainder92, exponent9F32, nil}
	c, err := signed.verify(ca.public())
	switch {
	case err != nil:
		return PublicKey{}, err
	case !begins(c.name, pan):
		return PublicKey{}, ErrCertificate
	case expired(c.expiry, today) || !ca.usable(today):
		return PublicKey{}, ErrExpired
	case s.revoked[Revoked{rid, index, c.serial}]:
		return PublicKey{}, ErrRevoked
	}
	return c.key, nil
}
