package wire

// Reason is why a question was refused.
type Reason uint8

// Reasons.
const (
	ReasonMalformed Reason = 1
	ReasonNotOpen   Reason = 2
	ReasonNoToken   Reason = 3
	ReasonPIN       Reason = 4
	ReasonNoKey     Reason = 5
	ReasonExists    Reason = 6
	ReasonSeveral   Reason = 7
	ReasonNotOffer  Reason = 8
	ReasonLibrary   Reason = 9
	ReasonKeys      Reason = 10
)

func (r Reason) String() string {
	names := [...]string{"", "question malformed", "token not open", "no token of this label", "PIN refused",
		"no key of this label", "a key of this label exists", "several keys of this label",
		"token does not offer this algorithm", "library failed", "too many keys in use"}
	if int(r) >= len(names) || r == 0 {
		return "unknown reason"
	}
	return names[r]
}
