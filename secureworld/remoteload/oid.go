package remoteload

import "encoding/asn1"

// Object identifiers: RFC 5652, RFC 8017, NIST, and X9 TR 34 annex B for the random
// number and the header.
func oidData() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} }
func oidSigned() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
}
func oidEnveloped() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}
}
func oidContentType() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
}
func oidDigest() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4} }
func oidRandom() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 25, 3}
}
func oidRSA() asn1.ObjectIdentifier  { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1} }
func oidOAEP() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 7} }
func oidSHA256() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
}

// keyLength is that of an AES-CBC content encryption, 0 for any other algorithm:
// TDES is refused.
func keyLength(o asn1.ObjectIdentifier) int {
	for last, n := range map[int]int{2: 16, 22: 24, 42: 32} {
		if o.Equal(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, last}) {
			return n
		}
	}
	return 0
}

// Purpose is the extended key usage of certificates of keys that receive keys, and of
// hosts that distribute them. There is none that is registered for it; this one is below
// the number that RFC 5612 sets aside for documentation.
func Purpose() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 34, 1} }
