package pairing

// Scopes are what a client may do.
type Scopes uint8

// Scopes. All is what the terminal's own page may.
const (
	Pay    Scopes = 1 << iota // begin, capture and cancel payments
	Refund                    // give money back
	Batch                     // see and close batches
	Admin                     // see and end pairings, look after the terminal

	All = Pay | Refund | Batch | Admin
)

func scopeNames() []string { return []string{"pay", "refund", "batch", "admin"} }

// ParseScopes reads names, of which there is one at least and none twice.
func ParseScopes(names []string) (Scopes, bool) {
	var s Scopes
	for _, name := range names {
		one := scopeNamed(name)
		if one == 0 || s&one != 0 {
			return 0, false
		}
		s |= one
	}
	return s, s != 0
}

func scopeNamed(name string) Scopes {
	for i, n := range scopeNames() {
		if n == name {
			return 1 << i
		}
	}
	return 0
}

// Names are the names of the scopes, in their one order.
func (s Scopes) Names() []string {
	names := []string{}
	for i, n := range scopeNames() {
		if s&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// Within reports whether other has everything that s has.
func (s Scopes) Within(other Scopes) bool { return s&^other == 0 }
