package virtualcard

import (
	"bytes"
	"crypto/subtle"
)

// P2 of VERIFY (EMV 4.4 Book 3, clause 6.5.12).
const (
	pinPlain      = 0x80
	pinEnciphered = 0x88
)

// pinState is what VERIFY did in this transaction.
type pinState struct{ tried, right, enciphered bool }

func (c *Card) getChallenge(q command) []byte {
	if c.tx.stage < stageSelected || q.p1 != 0 || q.p2 != 0 {
		return status(0x6985)
	}
	c.tx.challenge = random(8)
	return answer(c.tx.challenge)
}

// verify counts a try down before it looks at the PIN.
func (c *Card) verify(q command) []byte {
	t := &c.tx
	if t.stage < stageInitiated || t.app.profile.PIN == "" {
		return status(0x6985)
	}
	if q.p1 != 0 || q.p2 != pinPlain && q.p2 != pinEnciphered {
		return status(0x6A86)
	}
	t.pin = pinState{tried: true, enciphered: q.p2 == pinEnciphered}
	if c.memory.tries == 0 {
		return status(0x6983)
	}
	block := q.data
	if t.pin.enciphered {
		var sw uint16
		if block, sw = c.decipherPIN(q.data); sw != 0x9000 {
			return status(sw)
		}
	}
	return c.comparePIN(block)
}

func (c *Card) comparePIN(block []byte) []byte {
	if len(block) != 8 {
		return status(0x6700)
	}
	c.memory.tries--
	if subtle.ConstantTimeCompare(block, pinBlock2(c.memory.pin)) != 1 {
		return status(0x63C0 | uint16(c.memory.tries))
	}
	c.memory.tries, c.tx.pin.right = c.tx.app.profile.PINTries, true
	return status(0x9000)
}

// pinBlock2 is format 2: 2, length, digits, F to 8 bytes.
func pinBlock2(pin string) []byte {
	return digitsF("2"+string("0123456789ABC"[len(pin)])+pin, 8)
}

// decipherPIN opens 7F ‖ PIN block ‖ challenge ‖ padding (EMV 4.4 Book 2,
// clause 7.2). The challenge is good for one try.
func (c *Card) decipherPIN(data []byte) ([]byte, uint16) {
	challenge := c.tx.challenge
	c.tx.challenge = nil
	if challenge == nil || !c.tx.app.dynamic() {
		return nil, 0x6985
	}
	k := c.tx.app.certificates.Key
	if c.tx.app.certificates.PINKey.sound() {
		k = c.tx.app.certificates.PINKey
	}
	if len(data) != len(k.Modulus) {
		return nil, 0x6700
	}
	m := k.power(data)
	if m[0] != 0x7F || !bytes.Equal(m[9:17], challenge) {
		return nil, 0x6984
	}
	return m[1:9], 0x9000
}
