// Package oda verifies a card offline: certification authority keys, the issuer
// and card certificates under them, static data (SDA), dynamic signatures (DDA,
// CDA) and the contactless fDDA (EMV Book 2, clauses 5 and 6; its clause 7 for
// the certificate of the PIN encipherment key; Visa's fDDA has the signature
// format of DDA over other terminal data).
//
// The reader imports it to set the results of a transaction, the payment
// application to know for itself whose key a PIN would be enciphered with.
// Everything here is public: it must never hold a private key or a PIN. It takes
// bytes as the card sent them, because a hash covers exactly these. The PAN that
// a card certificate shows is cleared; what math/big and the hash used beside
// their results is not, and lives until its memory is used again.
//
// SHA-1 is here because the standard knows nothing else for RSA certificates.
// Elliptic curves (XDA) are refused: no format byte of theirs is accepted.
package oda

import "errors"

// Why a verification failed. Whatever it was, the data authentication has
// failed; the classes say which step it was. None carries card data.
var (
	ErrNoCAKey     = errors.New("oda: no certification authority key with this index")
	ErrRevoked     = errors.New("oda: issuer certificate is revoked")
	ErrExpired     = errors.New("oda: certificate or key has expired")
	ErrCertificate = errors.New("oda: certificate does not verify")
	ErrSignature   = errors.New("oda: signed data does not verify")
)

// Why a set of keys is refused.
var (
	ErrKey       = errors.New("oda: key is not usable")
	ErrCheck     = errors.New("oda: check value of a certification authority key differs")
	ErrDuplicate = errors.New("oda: two certification authority keys share an index")
	ErrTooMany   = errors.New("oda: too many entries")
)
