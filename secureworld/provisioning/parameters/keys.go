package parameters

import (
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

// Set verifies the keys and the revocation list.
func (d Document) Set() (oda.Set, error) {
	keys, revoked := make([]oda.CAKey, len(d.CAKeys)), make([]oda.Revoked, len(d.Revoked))
	for i, k := range d.CAKeys {
		if !k.fill(&keys[i]) {
			return oda.Set{}, ErrKeys
		}
	}
	for i, r := range d.Revoked {
		if !r.fill(&revoked[i]) || len(Serials(d.Revoked, r.RID, r.Index)) > 3*MaxRevokedPerKey {
			return oda.Set{}, ErrKeys
		}
	}
	set, err := oda.NewSet(keys, revoked, d.MinBits)
	if err != nil {
		return oda.Set{}, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return set, nil
}

// Serials are the serial numbers, three bytes each, that are revoked under one
// key.
func Serials(list []Revoked, rid, index []byte) (out []byte) {
	for _, r := range list {
		if string(r.RID) == string(rid) && string(r.Index) == string(index) {
			out = append(out, r.Serial...)
		}
	}
	return out
}

func (k CAKey) fill(to *oda.CAKey) bool {
	to.Modulus, to.Exponent = k.Modulus, k.Exponent
	ok := len(k.Index) == 1 && exactly(to.RID[:], k.RID) && exactly(to.Check[:], k.Check) &&
		(len(k.Expiry) == 0 || exactly(to.Expiry[:], k.Expiry))
	if ok {
		to.Index = k.Index[0]
	}
	return ok
}

func (r Revoked) fill(to *oda.Revoked) bool {
	ok := len(r.Index) == 1 && exactly(to.RID[:], r.RID) && exactly(to.Serial[:], r.Serial)
	if ok {
		to.Index = r.Index[0]
	}
	return ok
}

// exactly copies a value of the one right length.
func exactly(dst, src []byte) bool { return copy(dst, src) == len(dst) && len(src) == len(dst) }
