package pool

// Counts is what a client did so far.
type Counts struct {
	Asked    uint64 // questions of callers
	Retried  uint64 // times that a question was asked again
	Repeated uint64 // questions that were asked again more than once
	Hedged   uint64 // questions that another group was asked too, since the first was late
}

// Counts counts.
func (c *Client) Counts() Counts {
	return Counts{c.asked.Load(), c.retried.Load(), c.repeated.Load(), c.hedged.Load()}
}

// again counts questions that were asked so many times before.
func (c *Client) again(tries, questions int) {
	if tries > 0 {
		c.retried.Add(uint64(questions))
	}
	if tries == 2 {
		c.repeated.Add(uint64(questions))
	}
}
