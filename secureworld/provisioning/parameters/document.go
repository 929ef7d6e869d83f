package parameters

import (
	"encoding/json"
	"time"
)

// Document is the signed body.
type Document struct {
	Version   uint32          `json:"version"`
	Test      bool            `json:"test,omitempty"`
	NotBefore time.Time       `json:"not_before,omitzero"`
	NotAfter  time.Time       `json:"not_after,omitzero"`
	Currency  string          `json:"currency"`
	CAKeys    []CAKey         `json:"ca_keys,omitempty"`
	Revoked   []Revoked       `json:"revoked,omitempty"`
	MinBits   int             `json:"min_bits"`
	Policy    Policy          `json:"policy"`
	Whitelist Whitelist       `json:"whitelist,omitzero"`
	Reader    json.RawMessage `json:"reader"`
}

// CAKey is the public key of a certification authority.
type CAKey struct {
	RID      Hex `json:"rid"`              // 5 bytes
	Index    Hex `json:"index"`            // 8F, 1 byte
	Modulus  Hex `json:"modulus"`          // at most 248 bytes
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

// Policy is what the secure world permits.
type Policy struct {
	Interfaces      []string `json:"interfaces"`        // at least one of the words below, in their order
	Keyed           bool     `json:"keyed"`             // cards may be keyed in at the PIN pad
	FallbackPerHour int      `json:"fallback_per_hour"` // stripes of chip cards, of all cards together
	FallbackPerCard int      `json:"fallback_per_card"` // and of one card

	// Refunds that no payment is named for, in minor units: the most of one, and of all
	// of a day. Without a limit there are none.
	RefundLimit  int64 `json:"refund_limit,omitempty"`
	RefundPerDay int64 `json:"refund_per_day,omitempty"`
	// Payments that the card approves while the host is away, in minor units: the most
	// of one, how many, the most of all, and for how many hours from the first on.
	// Without a limit there are none.
	OfflineLimit int64 `json:"offline_limit,omitempty"`
	OfflineCount int   `json:"offline_count,omitempty"`
	OfflineSum   int64 `json:"offline_sum,omitempty"`
	OfflineHours int   `json:"offline_hours,omitempty"`
}

// Words of Policy.Interfaces.
const (
	InterfaceChip        = "chip"
	InterfaceContactless = "contactless"
	InterfaceStripe      = "stripe"
)

// Opens reports whether the policy opens an interface.
func (p Policy) Opens(word string) bool {
	for _, w := range p.Interfaces {
		if w == word {
			return true
		}
	}
	return false
}
