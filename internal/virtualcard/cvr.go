package virtualcard

// Card verification results tell the issuer what the card saw.
//
// Visa's three bytes:
//
//	1  C0 second AC (00 AAC, 40 TC, 80 not asked)  30 first AC (00 AAC, 10 TC, 20 ARQC)
//	   08 issuer authentication failed  04 PIN verified offline  02 and failed  01 could not go online
//	2  80 last online transaction unfinished  40 no PIN tries left  20 too many offline approvals
//	   10 new card  08 issuer authentication failed last time  04 none came after ARQC
//	3  F0 script commands  08 one failed  02 dynamic signature given  01 no VERIFY for a card with a PIN
//
// M/Chip's six:
//
//	1  F0 as above  04 PIN verified offline  02 enciphered  01 and right
//	2  80 DDA  40 CDA with the first AC  20 with the second  10 issuer authentication done
//	3  F0 script commands  0F PIN tries left
//	4  40 could not go online  20 no VERIFY  10 wrong PIN  08 no PIN tries left
//	5  80, 40 lower, upper offline limit exceeded  04 issuer authentication failed
//	   02 script came  01 script failed
//	6  00

// issuerData is 9F10; second is the kind of the second cryptogram, nil before.
func (c *Card) issuerData(second *byte) []byte {
	v := c.tx.app.version
	if v.mchip {
		out := append([]byte{0x01, v.cvn}, c.mchipResults(second)...)
		return append(out, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0, c.tx.app.memory.offline)
	}
	return append([]byte{0x06, 0x01, v.cvn, 0x03}, c.visaResults(second)...)
}

// decisions are the upper four bits of the first byte.
func (c *Card) decisions(second *byte) byte {
	b := c.tx.firstKind >> 2 // 40 and 80 become 10 and 20
	if second == nil {
		return b | 0x80
	}
	return b | *second
}

func (c *Card) visaResults(second *byte) []byte {
	t, m := &c.tx, c.tx.app.memory
	p := t.app.profile
	asked := second != nil && !t.unreachable
	return []byte{
		c.decisions(second) | bit(t.issuer == issuerFailed, 0x08) | bit(t.pin.tried, 0x04) |
			bit(t.pin.tried && !t.pin.right, 0x02) | bit(t.unreachable, 0x01),
		bit(m.unfinished && second == nil, 0x80) | bit(p.PIN != "" && c.memory.tries == 0, 0x40) | bit(c.overLimit(), 0x20) |
			bit(p.UpperLimit > 0 && m.lastOnline == 0, 0x10) | bit(m.refused, 0x08) | bit(asked && t.issuer == issuerSilent, 0x04),
		min(m.scripts, 15)<<4 | bit(m.failed, 0x08) | bit(t.signed, 0x02) | bit(c.pinMissing(), 0x01),
	}
}

func (c *Card) mchipResults(second *byte) []byte {
	t, m := &c.tx, c.tx.app.memory
	p := t.app.profile
	over := p.UpperLimit > 0 && m.offline >= p.LowerLimit
	return []byte{
		c.decisions(second) | bit(t.pin.tried, 0x04) | bit(t.pin.tried && t.pin.enciphered, 0x02) | bit(t.pin.right, 0x01),
		bit(t.signed, 0x80) | bit(t.combined[0], 0x40) | bit(t.combined[1], 0x20) | bit(t.issuer >= issuerDeclined, 0x10),
		min(m.scripts, 15)<<4 | c.memory.tries&0x0F,
		bit(t.unreachable, 0x40) | bit(c.pinMissing(), 0x20) | bit(t.pin.tried && !t.pin.right, 0x10) |
			bit(p.PIN != "" && c.memory.tries == 0, 0x08),
		bit(over, 0x80) | bit(c.overLimit(), 0x40) | bit(t.issuer == issuerFailed, 0x04) | bit(m.scripts > 0, 0x02) | bit(m.failed, 0x01),
		0x00,
	}
}

// pinMissing reports a contact card with a PIN that no VERIFY asked for.
func (c *Card) pinMissing() bool {
	return c.tx.app.kernel == 0 && c.tx.app.profile.PIN != "" && !c.tx.pin.tried
}

func bit(set bool, b byte) byte {
	if set {
		return b
	}
	return 0
}
