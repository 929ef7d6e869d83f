package parameters

// Stripe is how magnetic stripes are taken.
type Stripe struct {
	// ChipFailures is how often a chip must fail before its stripe is taken.
	ChipFailures int `json:"chip_failures"`
}

// maxFailures is more than anybody has the patience for.
const maxFailures = 9

func (s Stripe) valid() bool { return s.ChipFailures >= 1 && s.ChipFailures <= maxFailures }
