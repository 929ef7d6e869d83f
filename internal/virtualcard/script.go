package virtualcard

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
)

// Script commands (EMV 4.4 Book 3, clause 6.5), and UPDATE RECORD and PUT DATA
// as the schemes have them.
const (
	insCardBlock         = 0x16
	insApplicationUnlock = 0x18
	insApplicationBlock  = 0x1E
	insPINChange         = 0x24
	insPutData           = 0xDA
	insUpdateRecord      = 0xDC
)

// messaging reports a class with secure messaging, proprietary or not.
func messaging(cla byte) bool { return cla&^0x88 == 0x04 }

// script does a command of the issuer, between the first cryptogram and the
// end of the transaction or behind it.
func (c *Card) script(q command) []byte {
	t := &c.tx
	if t.stage < stageRequested || t.app.smi == nil {
		return status(0x6985)
	}
	data, ok := c.authentic(q)
	if !ok {
		t.app.memory.failed = true
		return status(0x6988)
	}
	sw := c.perform(q, data)
	if sw != 0x9000 {
		t.app.memory.failed = true
	} else if t.app.memory.scripts < 0xFF {
		t.app.memory.scripts++
	}
	return status(sw)
}

// authentic cuts the MAC off. Eight bytes are tried first, then four.
func (c *Card) authentic(q command) (data []byte, ok bool) {
	key := c.messagingKey(c.tx.app.smi)
	defer clear(key)
	for _, n := range []int{8, 4} {
		at := len(q.data) - n
		if at < 0 {
			continue
		}
		in := append([]byte{q.cla, q.ins, q.p1, q.p2, byte(len(q.data))}, c.counter()...)
		in = append(append(in, c.tx.first...), q.data[:at]...)
		if subtle.ConstantTimeCompare(RetailMAC(key, in)[:n], q.data[at:]) == 1 {
			return q.data[:at], true
		}
	}
	return nil, false
}

// messagingKey is the session key for scripts.
func (c *Card) messagingKey(master []byte) []byte {
	if c.tx.app.version.messaging == messagingARQC {
		return sessionKey(master, [8]byte(c.tx.first))
	}
	key, atc := append([]byte(nil), master...), c.tx.app.memory.atc
	subtle.XORBytes(key[6:8], key[6:8], binary.BigEndian.AppendUint16(nil, atc))
	subtle.XORBytes(key[14:16], key[14:16], binary.BigEndian.AppendUint16(nil, ^atc))
	return key
}

func (c *Card) perform(q command, data []byte) uint16 {
	m := c.tx.app.memory
	switch q.ins {
	case insCardBlock:
		c.memory.blocked = true
	case insApplicationBlock:
		m.blocked = true
	case insApplicationUnlock:
		m.blocked = false
	case insPINChange:
		return c.changePIN(q.p2, data)
	case insPutData:
		if len(data) == 0 || len(data) > 64 {
			return 0x6A80
		}
		m.data[uint16(q.p1)<<8|uint16(q.p2)] = bytes.Clone(data)
	case insUpdateRecord:
		return c.updateRecord([2]byte{q.p2 >> 3, q.p1}, data)
	default:
		return 0x6D00
	}
	return 0x9000
}

func (c *Card) updateRecord(at [2]byte, data []byte) uint16 {
	if _, ok := c.tx.app.files[at]; !ok {
		return 0x6A83
	}
	if len(data) == 0 {
		return 0x6A80
	}
	c.tx.app.files[at] = bytes.Clone(data)
	c.tx.app.memory.records[at] = c.tx.app.files[at]
	return 0x9000
}

// changePIN: P2 00 gives the tries back, 01 and 02 set a PIN too, with and
// without knowledge of the one before.
func (c *Card) changePIN(p2 byte, data []byte) uint16 {
	if c.tx.app.profile.PIN == "" || p2 > 2 {
		return 0x6A86
	}
	if p2 != 0 {
		pin, ok := c.newPIN(p2 == 1, data)
		if !ok {
			return 0x6A80
		}
		c.memory.pin = pin
	}
	c.memory.tries = c.tx.app.profile.PINTries
	return 0x9000
}

// newPIN opens the enciphered block: bare, or behind its length and padded.
func (c *Card) newPIN(old bool, data []byte) (string, bool) {
	if c.tx.app.smc == nil || len(data) != 8 && len(data) != 16 {
		return "", false
	}
	key := c.messagingKey(c.tx.app.smc)
	defer clear(key)
	plain, tdes := make([]byte, len(data)), newTDES(key)
	for i := 0; i < len(data); i += 8 {
		tdes.Decrypt(plain[i:], data[i:])
	}
	block := plain[:8]
	if len(plain) == 16 && plain[0] == 8 {
		block = plain[1:9]
	}
	if !old && block[0]>>4 == 2 {
		return pinOf(block[0]&0x0F, block[1:])
	}
	subtle.XORBytes(block[4:], block[4:], c.tx.app.master[4:8])
	if old {
		now := packed(c.memory.pin + "000000000000"[len(c.memory.pin):] + "0000")
		subtle.XORBytes(block, block, now)
	}
	return pinOf(block[0], block[1:])
}

// pinOf reads n digits, and F behind them.
func pinOf(n byte, b []byte) (string, bool) {
	if n < 4 || n > 12 {
		return "", false
	}
	var pin []byte
	for i := range n {
		pin = append(pin, '0'+b[i/2]>>(4*(1-i%2))&0x0F)
	}
	if !decimal(string(pin)) || !bytes.Equal(digitsF(string(pin), len(b)), b) {
		return "", false
	}
	return string(pin), true
}
