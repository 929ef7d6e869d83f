package virtualcard

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Cryptogram types, P1 of GENERATE AC; askCDA asks for a signature with it.
const (
	acAAC  = 0x00
	acTC   = 0x40
	acARQC = 0x80
	askCDA = 0x10
)

// cdol1 is 29 bytes, in the order that CVN 18 covers.
func cdol1() tlv.DOL {
	return tlv.DOL{
		{Tag: tlv.Tag9F02AmountAuthorised, Length: 6}, {Tag: tlv.Tag9F03AmountOther, Length: 6},
		{Tag: tlv.Tag9F1ATerminalCountryCode, Length: 2}, {Tag: tlv.Tag95TerminalVerificationResults, Length: 5},
		{Tag: tlv.Tag5F2ATransactionCurrencyCode, Length: 2}, {Tag: tlv.Tag9ATransactionDate, Length: 3},
		{Tag: tlv.Tag9CTransactionType, Length: 1}, {Tag: tlv.Tag9F37UnpredictableNumber, Length: 4},
	}
}

// cdol2 carries the issuer authentication data, so that no EXTERNAL
// AUTHENTICATE is needed.
func (p Profile) cdol2() tlv.DOL {
	return tlv.DOL{
		{Tag: tlv.Tag8AAuthorisationResponseCode, Length: 2}, {Tag: tlv.Tag95TerminalVerificationResults, Length: 5},
		{Tag: tlv.Tag9F37UnpredictableNumber, Length: 4}, {Tag: tlv.Tag91IssuerAuthenticationData, Length: p.issuerDataLength()},
	}
}

func (p Profile) issuerDataLength() int {
	if p.ARPCMethod == 1 {
		return 10
	}
	return 8
}

func (c *Card) generateAC(q command) []byte {
	switch {
	case c.tx.stage == stageInitiated && (c.tx.app.kernel == 0 || !c.tx.app.profile.Tap.MagStripe):
		return c.firstAC(q)
	case c.tx.stage == stageRequested && c.tx.app.kernel == 0:
		return c.secondAC(q)
	default:
		return status(0x6985)
	}
}

// firstAC approves by itself only where the profile does: otherwise whoever
// asks for a TC gets an ARQC.
func (c *Card) firstAC(q command) []byte {
	if !c.tx.take(c.tx.app.cdol1, q.data) {
		return status(0x6700)
	}
	c.tx.cdol1 = append([]byte(nil), q.data...)
	kind := c.decide(q.p1 & 0xC0)
	c.begin(kind)
	c.tx.combined[0] = c.signs(kind, q.p1)
	out := c.cryptogram(kind, q.p1)
	c.keep(out)
	return out
}

// signs reports whether the answer is signed.
func (c *Card) signs(kind, p1 byte) bool {
	return p1&askCDA != 0 && kind != acAAC && c.tx.app.combined()
}

// decide is the card's own risk management.
func (c *Card) decide(asked byte) byte {
	a := c.tx.app
	switch {
	case asked == acAAC || a.denies || a.memory.blocked:
		return acAAC
	case asked == acTC && a.approves && !c.overLimit():
		return acTC
	case a.profile.Garbage == GarbageTC:
		return acTC
	default:
		return acARQC
	}
}

// overLimit reports too many offline approvals in a row.
func (c *Card) overLimit() bool {
	a := c.tx.app
	return a.profile.UpperLimit > 0 && a.memory.offline >= a.profile.UpperLimit
}

// begin notes the first decision.
func (c *Card) begin(kind byte) {
	m := c.tx.app.memory
	c.tx.firstKind, c.tx.stage = kind, stageDone
	// tc_unasked leaves the card waiting, as if it had given an ARQC.
	if kind == acARQC || kind == acTC && c.tx.app.profile.Garbage == GarbageTC {
		c.tx.stage = stageRequested
	}
	if kind == acTC && m.offline < 0xFF {
		m.offline++
	}
}

func (c *Card) secondAC(q command) []byte {
	t, d := &c.tx, c.tx.app.profile.cdol2()
	if !t.take(d, q.data) {
		return status(0x6700)
	}
	t.cdol2, t.stage = append([]byte(nil), q.data...), stageDone
	arc := string(t.values[tlv.Tag8AAuthorisationResponseCode])
	t.unreachable = arc == "Y3" || arc == "Z3"
	if t.issuer == issuerSilent {
		c.authenticate(t.values[tlv.Tag91IssuerAuthenticationData])
	}
	kind := byte(acAAC)
	if q.p1&0xC0 == acTC && !t.app.memory.blocked &&
		(t.issuer == issuerApproved || t.app.approves && arc == "Y3" && !c.overLimit()) {
		kind = acTC
	}
	t.combined[1] = c.signs(kind, q.p1)
	out := c.complete(kind, q.p1)
	c.finish(kind)
	return out
}

// finish brings the counters up to date after the second cryptogram.
func (c *Card) finish(kind byte) {
	t, m := &c.tx, c.tx.app.memory
	m.unfinished, m.refused = t.unreachable, t.issuer == issuerFailed
	switch {
	case t.issuer == issuerApproved && kind == acTC:
		m.lastOnline, m.offline = m.atc, 0
		m.scripts -= min(m.scripts, t.before)
		m.failed = m.failed && m.scripts > 0
	case kind == acTC && m.offline < 0xFF:
		m.offline++
	}
}

// cryptogram answers the first GENERATE AC, complete the second.
func (c *Card) cryptogram(kind, p1 byte) []byte {
	iad := c.issuerData(nil)
	c.tx.first = c.mac(iad)
	c.gave(kindName(kind), c.tx.first)
	out := c.answerAC(kind, p1, c.tx.first, iad)
	if kind == acARQC && c.tx.app.kernel == 0 {
		c.tx.app.memory.unfinished = true
	}
	return out
}

func (c *Card) complete(kind, p1 byte) []byte {
	iad := c.issuerData(&kind)
	mac := c.mac(iad)
	c.gave(kindName(kind), mac)
	return c.answerAC(kind, p1, mac, iad)
}

// mac is the cryptogram over what the terminal brought.
func (c *Card) mac(iad []byte) []byte {
	a := c.tx.app
	at := func(t tlv.Tag) []byte {
		v := c.tx.value(t, lengthOf(t))
		if t == tlv.Tag9F02AmountAuthorised && a.profile.Garbage == GarbageAmount {
			v = append([]byte(nil), v...)
			v[5] ^= 0x01
		}
		return v
	}
	key := a.version.key(a.master, a.memory.atc, c.tx.value(tlv.Tag9F37UnpredictableNumber, 4))
	defer clear(key)
	return a.version.mac(key, a.version.input(at, a.aip, c.counter(), iad))
}

// lengthOf is the length that a cryptogram covers.
func lengthOf(t tlv.Tag) int {
	for _, e := range cdol1() {
		if e.Tag == t {
			return e.Length
		}
	}
	return 0
}

// answerAC answers in format 2, or 1; signed where that was asked.
func (c *Card) answerAC(kind, p1 byte, mac, iad []byte) []byte {
	if c.signs(kind, p1) {
		return c.combinedAC(kind, mac, iad)
	}
	if c.tx.app.profile.Format1 && c.tx.app.kernel == 0 {
		b := append(append(append([]byte{kind}, c.counter()...), mac...), iad...)
		return answer(tlv.Append(nil, tlv.Tag80ResponseTemplate1, b))
	}
	b := tlv.Append(nil, tlv.Tag9F27CryptogramInformationData, []byte{kind})
	b = tlv.Append(b, tlv.Tag9F36ApplicationTransactionCounter, c.counter())
	b = tlv.Append(b, tlv.Tag9F26ApplicationCryptogram, mac)
	b = tlv.Append(b, tlv.Tag9F10IssuerApplicationData, iad)
	return answer(tlv.Append(nil, tlv.Tag77ResponseTemplate2, b))
}
