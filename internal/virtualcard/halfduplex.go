package virtualcard

// byTurns reports T=0, where a command cannot carry data both ways.
func (c *Card) byTurns() bool { return c.profile.T0 && c.face == Contact }

// processT0 answers 61xx where data wait behind a command that brought some,
// and 6Cxx where Le was another than the answer's length.
func (c *Card) processT0(capdu []byte) []byte {
	if len(capdu) >= 4 && capdu[0] == 0 && capdu[1] == 0xC0 {
		return c.getResponse(capdu)
	}
	c.waiting = nil
	out := c.process(capdu)
	n := len(out) - 2
	if n <= 0 {
		return out
	}
	if q, ok := parseCommand(capdu); ok && len(q.data) > 0 {
		c.waiting = out
		return []byte{0x61, byte(n)}
	}
	if len(capdu) < 5 || int(capdu[4]) != n&0xFF {
		return []byte{0x6C, byte(n)}
	}
	return out
}

func (c *Card) getResponse(capdu []byte) []byte {
	out := c.waiting
	if out == nil {
		return status(0x6985)
	}
	if n := len(out) - 2; len(capdu) < 5 || int(capdu[4]) != n&0xFF {
		return []byte{0x6C, byte(n)}
	}
	c.waiting = nil
	return out
}
