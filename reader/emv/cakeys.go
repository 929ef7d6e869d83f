package emv

import "github.com/strongroom-pos/strongroom/secureworld/oda"

// ODA is the configuration of offline data authentication (EMV 4.4 Book 2,
// clause 11.2).
type ODA struct {
	Keys    []CAKey   `json:"keys"`
	Revoked []Revoked `json:"revoked,omitempty"`
	MinBits int       `json:"min_bits"` // keys that are shorter are refused, 512 or more
}

// A CAKey is the public key of a certification authority.
type CAKey struct {
	RID      Hex `json:"rid"`              // 5 bytes
	Index    Hex `json:"index"`            // 8F, 1 byte
	Modulus  Hex `json:"modulus"`          // 64 to 248 bytes
	Exponent Hex `json:"exponent"`         // 03 or 010001
	Check    Hex `json:"check"`            // SHA-1 over all of the above, 20 bytes
	Expiry   Hex `json:"expiry,omitempty"` // YYMMDD, its last day; none: does not expire
}

// Revoked names an issuer certificate that must no longer verify.
type Revoked struct {
	RID    Hex `json:"rid"`    // 5 bytes
	Index  Hex `json:"index"`  // of the key that signed it, 1 byte
	Serial Hex `json:"serial"` // 3 bytes
}

// set verifies the keys. No configuration is an empty set.
func (o *ODA) set() (oda.Set, error) {
	if o == nil {
		return oda.Set{}, nil
	}
	keys, revoked := make([]oda.CAKey, len(o.Keys)), make([]oda.Revoked, len(o.Revoked))
	ok := len(o.Keys) > 0 && o.MinBits >= 8*minPINData
	for i, k := range o.Keys {
		ok = k.fill(&keys[i]) && ok
	}
	for i, r := range o.Revoked {
		ok = r.fill(&revoked[i]) && ok
	}
	if !ok {
		return oda.Set{}, ErrConfig
	}
	s, err := oda.NewSet(keys, revoked, o.MinBits)
	if err != nil {
		return oda.Set{}, ErrConfig
	}
	return s, nil
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

// exactly copies a value of the one right length, and no other.
func exactly(dst, src []byte) bool { return len(dst) == len(src) && copy(dst, src) == len(dst) }
