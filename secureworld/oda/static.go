package oda

// StaticData verifies signed static application data (93) under the issuer's key
// (Book 2, clause 5.4) and returns the data authentication code. static is as
// for ICC. It returns ErrSignature.
func StaticData(issuer PublicKey, ssad93, static []byte) (dac [2]byte, err error) {
	r, ok := open(issuer, ssad93, formatStatic)
	if !ok || r[2] != algorithmSHA1 || !r.holds(static) {
		return dac, ErrSignature
	}
	return [2]byte(r[3:5]), nil
}
