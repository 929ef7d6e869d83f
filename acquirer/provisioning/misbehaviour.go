package provisioning

// Misbehaviour is how often an acquirer for tests and demos answers as networks and
// hosts in life do: late, not at all, or twice. What it does follows from Seed and the
// order of the messages alone.
type Misbehaviour struct {
	// PerMille is of how many in 1,000 messages about money the answer is spoilt.
	PerMille int    `json:"per_mille"`
	Seed     uint64 `json:"seed"`
	// Undisturbed is how many requests are answered well at first, with what belongs to
	// them.
	Undisturbed int `json:"undisturbed"`
}

// ALittle is what a lane has that asks for nothing else: one answer in twenty, but the
// first two payments, which a demo makes by itself, are answered well.
func ALittle() Misbehaviour { return Misbehaviour{PerMille: 50, Seed: 1, Undisturbed: 2} }

// Valid reports whether it can be.
func (m Misbehaviour) Valid() bool {
	return m.PerMille >= 0 && m.PerMille <= 1000 && m.Undisturbed >= 0
}
