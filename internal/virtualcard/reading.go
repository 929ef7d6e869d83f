package virtualcard

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func (c *Card) readRecord(q command) []byte {
	at := [2]byte{q.p2 >> 3, q.p1}
	if q.p2&0x07 != 0x04 {
		return status(0x6985)
	}
	if c.tx.stage >= stageInitiated {
		if r, ok := c.tx.records[at]; ok {
			return answer(r)
		}
		if r, ok := c.tx.app.files[at]; ok {
			return answer(r)
		}
	} else if at[0] != directorySFI {
		return status(0x6985)
	}
	if r, ok := c.directory(q.p1); ok && at[0] == directorySFI {
		return answer(r)
	}
	return status(0x6A83)
}

// processingOptions counts the transaction and answers in format 2, or 1.
func (c *Card) processingOptions(q command) []byte {
	a := c.tx.app
	if c.tx.stage != stageSelected || a.memory.atc == 0xFFFF {
		return status(0x6985)
	}
	if a.kernel != 0 && len(a.profile.Tap.Refuses) == 2 {
		return append([]byte(nil), a.profile.Tap.Refuses...)
	}
	l, err := tlv.Parse(q.data)
	if err != nil || len(l) != 1 || l[0].Tag != tlv.Tag83CommandTemplate || !c.tx.take(a.pdol, l[0].Value) {
		return status(0x6700)
	}
	c.tx.pdol = append([]byte(nil), l[0].Value...)
	a.memory.atc++
	c.tx.stage, c.tx.before = stageInitiated, a.memory.scripts
	if a.express() && !a.profile.Tap.MagStripe {
		return c.expressCryptogram()
	}
	if a.profile.Format1 {
		return answer(tlv.Append(nil, tlv.Tag80ResponseTemplate1, append(append([]byte(nil), a.aip...), a.afl...)))
	}
	b := tlv.Append(nil, tlv.Tag82ApplicationInterchangeProfile, a.aip)
	b = tlv.Append(b, tlv.Tag94ApplicationFileLocator, a.afl)
	return answer(tlv.Append(nil, tlv.Tag77ResponseTemplate2, b))
}

// getData knows the counters, and what PUT DATA left.
func (c *Card) getData(q command) []byte {
	if c.tx.stage < stageSelected {
		return status(0x6A88)
	}
	a, name := c.tx.app, uint16(q.p1)<<8|uint16(q.p2)
	tag, value := tlv.Tag(name), a.memory.data[name]
	switch {
	case tag == tlv.Tag9F36ApplicationTransactionCounter:
		value = c.counter()
	case tag == tlv.Tag9F13LastOnlineATC && a.profile.UpperLimit > 0:
		value = binary.BigEndian.AppendUint16(nil, a.memory.lastOnline)
	case tag == tag9F17PINTries && a.profile.PIN != "":
		value = []byte{c.memory.tries}
	}
	if value == nil {
		return status(0x6A88)
	}
	return answer(tlv.Append(nil, tag, value))
}

func (c *Card) counter() []byte { return binary.BigEndian.AppendUint16(nil, c.tx.app.memory.atc) }
