package virtualcard

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// recoveryDOL is DRDOL: a torn transaction is known by the terminal's number.
func recoveryDOL() tlv.DOL { return tlv.DOL{{Tag: tlv.Tag9F37UnpredictableNumber, Length: 4}} }

// keep remembers the answer to GENERATE AC before it is sent.
func (c *Card) keep(out []byte) {
	if a := c.tx.app; a.kernel == 2 && a.profile.Tap.Recovers {
		a.memory.last = lastCryptogram{key: string(c.tx.value(tlv.Tag9F37UnpredictableNumber, 4)), answer: append([]byte(nil), out...), kind: c.tx.firstKind, value: c.tx.first}
	}
}

// recoverAC is RECOVER AC (Book C-2): the last answer again, for whoever names
// its transaction.
func (c *Card) recoverAC(q command) []byte {
	t := &c.tx
	if t.stage != stageInitiated || t.app.kernel != 2 || !t.app.profile.Tap.Recovers {
		return status(0x6985)
	}
	last := t.app.memory.last
	if last.answer == nil || string(q.data) != last.key {
		return status(0x6A88)
	}
	t.stage = stageDone
	c.gave(kindName(last.kind), last.value)
	return append([]byte(nil), last.answer...)
}
