package virtualcard

import (
	"crypto/subtle"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// externalAuthenticate is allowed once, after the ARQC (Book 3, clause 6.5.4).
func (c *Card) externalAuthenticate(q command) []byte {
	if c.tx.stage != stageRequested || c.tx.issuer != issuerSilent {
		return status(0x6985)
	}
	if len(q.data) != c.tx.app.profile.issuerDataLength() {
		return status(0x6700)
	}
	c.authenticate(q.data)
	if c.tx.issuer == issuerFailed {
		return status(0x6300)
	}
	return status(0x9000)
}

// authenticate checks tag 91. All zeros is what a terminal fills in where the
// issuer sent nothing.
func (c *Card) authenticate(data []byte) {
	if allZero(data) {
		return
	}
	a := c.tx.app
	key := a.version.key(a.master, a.memory.atc, c.tx.value(tlv.Tag9F37UnpredictableNumber, 4))
	if a.version.onMaster {
		key = append([]byte(nil), a.master...)
	}
	defer clear(key)
	var want []byte
	var approves bool
	if a.profile.ARPCMethod == 1 {
		want, approves = ARPC1(key, c.tx.first, [2]byte(data[8:10])), a.version.approves([2]byte(data[8:10]))
	} else {
		want, approves = ARPC2(key, c.tx.first, data[4:8]), data[5]&0x80 != 0
	}
	switch {
	case subtle.ConstantTimeCompare(want, data[:len(want)]) != 1:
		c.tx.issuer = issuerFailed
	case approves:
		c.tx.issuer = issuerApproved
	default:
		c.tx.issuer = issuerDeclined
	}
}

// approves reads the two bytes behind an ARPC of method 1: a response code, or
// the bits of M/Chip.
func (v version) approves(arc [2]byte) bool {
	return arc == [2]byte{'0', '0'} || v.mchip && arc[0] < 0x20 && arc[1]&0x10 != 0
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
