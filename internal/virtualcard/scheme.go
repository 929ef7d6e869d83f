package virtualcard

import (
	"crypto/sha1" //nolint:gosec // the check value of EMV's CA keys
)

// A Scheme is a payment scheme's certification authority of a demo and one
// issuer under it, private keys included.
type Scheme struct {
	RID    Hex    `json:"rid"`   // 5 bytes
	Index  byte   `json:"index"` // 8F
	CA     RSAKey `json:"ca"`
	Issuer RSAKey `json:"issuer"`
	Expiry string `json:"expiry"` // MMYY of the certificates
}

// A CAKey is what a terminal's configuration takes of a scheme.
type CAKey struct {
	RID      Hex `json:"rid"`
	Index    Hex `json:"index"` // 1 byte
	Modulus  Hex `json:"modulus"`
	Exponent Hex `json:"exponent"`
	Check    Hex `json:"check"` // over RID, index, modulus, exponent
}

// Sizes of the keys that GenerateScheme and Personalise make.
const (
	caBits     = 1408
	issuerBits = 1152
	cardBits   = 1024
)

// GenerateScheme makes the keys of a demo's scheme: CA 1408 bits, issuer 1152,
// exponents 3, valid to December 2031. The system's random source is used.
func GenerateScheme(rid []byte, index byte) (Scheme, error) {
	if len(rid) != 5 {
		return Scheme{}, ErrKey
	}
	ca, err := GenerateRSAKey(caBits, 3)
	if err != nil {
		return Scheme{}, err
	}
	issuer, err := GenerateRSAKey(issuerBits, 3)
	return Scheme{RID: append(Hex(nil), rid...), Index: index, CA: ca, Issuer: issuer, Expiry: "1231"}, err
}

// DemoRIDs are the schemes whose cards Personalities lists, in their order.
func DemoRIDs() []Hex {
	var out []Hex
	for _, first := range []byte("4536") {
		out = append(out, defaultAID(first)[:5])
	}
	return out
}

// Public is the authority's key as a terminal is configured with it.
func (s Scheme) Public() CAKey {
	index := Hex{s.Index}
	h := sha1.New() //nolint:gosec // the check value of EMV's CA keys
	for _, b := range []Hex{s.RID, index, s.CA.Modulus, s.CA.Exponent} {
		h.Write(b)
	}
	return CAKey{RID: s.RID, Index: index, Modulus: s.CA.Modulus, Exponent: s.CA.Exponent, Check: h.Sum(nil)}
}
