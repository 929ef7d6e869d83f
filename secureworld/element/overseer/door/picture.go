package door

// Picture is a group for people: who is in it, how they do, and whom the MCU suspects.
type Picture struct {
	Branch  string   `json:"branch"`
	Group   string   `json:"group"`
	Epoch   uint32   `json:"epoch"`
	Mode    string   `json:"mode"`
	State   string   `json:"state"`             // serving, agreeing, stopped, draining
	Reason  string   `json:"reason,omitempty"`  // why it is stopped
	Because string   `json:"because,omitempty"` // why this epoch began
	Members []Member `json:"members"`
	// Counted since the MCU started.
	// Verbs counts questions by verb: its kind in package element, two hex digits.
	Verbs         map[string]uint64 `json:"verbs,omitempty"`
	Questions     uint64            `json:"questions"`
	Released      uint64            `json:"released"`
	Disagreements uint64            `json:"disagreements"`
	Refused       uint64            `json:"refused"`
	Audited       uint64            `json:"audited"`
	Aborts        uint64            `json:"aborts"`             // agreements that failed
	Findings      []string          `json:"findings,omitempty"` // newest last, at most 20
}

// Member is one element in a Picture.
type Member struct {
	ID       string `json:"id"` // hex, first 8 bytes of the SHA-256 of its identity key
	Make     string `json:"make"`
	Health   string `json:"health"`           // healthy, suspect, quarantined, probation, aside, gone
	Reason   string `json:"reason,omitempty"` // why it is not healthy
	Answered uint64 `json:"answered"`
	Wrong    uint64 `json:"wrong"`
	Late     uint64 `json:"late"`
	MeanUS   uint64 `json:"mean_us"` // of an exchange, microseconds
	// Unaudited counts answers released on its word alone since another said the same.
	Unaudited uint64 `json:"unaudited,omitempty"`
	Aborts    uint64 `json:"aborts,omitempty"` // agreements that it made fail by silence
}
