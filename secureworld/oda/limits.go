package oda

const (
	// minModulus is the shortest key old cards still show, 512 bits. It is no
	// recommendation: the floor that a Set is made with decides.
	minModulus = 64

	// maxModulus is the longest that EMV allows, 1984 bits: a certificate must
	// fit an answer of 256 bytes with its tag and length.
	maxModulus = 248

	// maxKeys bounds a Set. A terminal holds six keys for each of about a dozen
	// schemes; test sets hold twice as many.
	maxKeys = 256

	// maxRevoked bounds the revocation list: at least thirty for each scheme
	// are asked for, and this is that for every scheme there is.
	maxRevoked = 1024

	// maxSigned bounds what one hash takes. Static data are a few records of at
	// most 255 bytes, transaction data less; the transport layer ends at this.
	maxSigned = 64 << 10
)

// The length of an ICC dynamic number, Book 2, clause 6.5.
const (
	minDynamicNumber = 2
	maxDynamicNumber = 8
)
