package virtualcard

import "encoding/binary"

// exchangeRelay is EXCHANGE RELAY RESISTANCE DATA (Book C-2, clause 5.3). The
// last exchange goes into the signature: the reader's number, the card's own
// and its three times.
func (c *Card) exchangeRelay(q command) []byte {
	t := &c.tx
	if t.stage != stageInitiated || t.app.kernel != 2 || t.app.profile.Tap.Relay == nil || t.relays == maxRelayExchanges {
		return status(0x6985)
	}
	if len(q.data) != 4 {
		return status(0x6700)
	}
	r := t.app.profile.Tap.Relay
	b := random(4)
	for _, n := range []uint16{r.Min, r.Max, r.Transmit} {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	t.relays++
	t.relay = append(append([]byte(nil), q.data...), b...)
	return answer(append([]byte{0x80, byte(len(b))}, b...))
}
