package sale

// Entry is where the card's data come from, as the till asks for it. How a card
// that is present is then read, the reader decides.
type Entry uint8

// Values of Entry. The zero value is what a till means that does not say.
const (
	EntryCardPresent Entry = iota
	EntryKeyed             // mail and telephone order: keyed in at the PIN pad, never here
)

// String is the name used in the HTTP interface.
func (e Entry) String() string {
	if e == EntryKeyed {
		return "keyed"
	}
	return "card_present"
}

// MarshalText writes the name.
func (e Entry) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads a name; the error of any other is a *ProblemError.
func (e *Entry) UnmarshalText(b []byte) error {
	for _, known := range []Entry{EntryCardPresent, EntryKeyed} {
		if known.String() == string(b) {
			*e = known
			return nil
		}
	}
	return Malformed.Refuse()
}
