package remoteload

import (
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A delivery is what a host sends for one loading: its authority's revocation list and
// the key token, each DER, one behind the other.

// MaxDelivery bounds it.
const MaxDelivery = MaxRevocations + MaxToken

// JoinDelivery makes a delivery.
func JoinDelivery(revocations, token []byte) []byte {
	return append(append([]byte(nil), revocations...), token...)
}

// SplitDelivery takes one apart. What is in it is not looked into.
func SplitDelivery(b []byte) (revocations, token []byte, err error) {
	rest := cryptobyte.String(b)
	var list, signed cryptobyte.String
	if len(b) > MaxDelivery || !rest.ReadASN1Element(&list, asn1.SEQUENCE) || !rest.ReadASN1Element(&signed, asn1.SEQUENCE) || !rest.Empty() {
		return nil, nil, ErrForm
	}
	return list, signed, nil
}
