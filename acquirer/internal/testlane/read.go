package testlane

import (
	"bytes"
	"crypto/des"
	"encoding/binary"
	"encoding/hex"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const expiry = "4912"

// Read is what a terminal has of the card after an entry mode: account data to
// seal, and DE 55 or nil.
func (c *Card) Read(mode hostspec.EntryMode, amount int64) (account, icc []byte) {
	switch mode {
	case hostspec.EntryChip, hostspec.EntryContactlessChip:
		return c.account(), c.Chip(amount)
	case hostspec.EntryContactlessStripe:
		track := packedTrack(c.PAN + "D" + expiry + c.Service + "0000000000000")
		return tlv.Append(tlv.Append(nil, tlv.Tag(hostspec.TagSequence), []byte{1}), tlv.Tag(hostspec.TagContactlessTrack2), track), c.checksum(track)
	case hostspec.EntryKeyed:
		account := tlv.Append(nil, 0x5A, packedTrack(c.PAN))
		account = tlv.Append(account, 0x5F24, []byte{0x49, 0x12, 0x31})
		return tlv.Append(account, tlv.Tag(hostspec.TagCVV2), []byte(c.Value("000"))), nil
	}
	return c.Stripe(c.Service, c.Value(c.Service)), nil
}

// Stripe is the account data of a swipe: both tracks, with this value in track 2.
func (c *Card) Stripe(service, value string) []byte {
	account := tlv.Append(nil, tlv.Tag(hostspec.TagTrack1), []byte("B"+c.PAN+"^TEST/CARD^"+expiry+service+"0000"))
	return tlv.Append(account, tlv.Tag(hostspec.TagTrack2), packedTrack(c.PAN+"D"+expiry+service+"12345"+value+"00"))
}

// Value is the card verification value under a service code.
func (c *Card) Value(service string) string {
	digits := c.PAN + expiry + service
	for len(digits) < 32 {
		digits += "0"
	}
	b, _ := hex.DecodeString(digits)
	left, _ := des.NewCipher(c.cvk[:8])
	x := make([]byte, 8)
	left.Encrypt(x, b[:8])
	for i := range x {
		x[i] ^= b[8+i]
	}
	text := hex.EncodeToString(tdes(c.cvk, x))
	var first, then string
	for _, d := range text {
		if d <= '9' {
			first += string(d)
		} else {
			then += string('0' + d - 'a')
		}
	}
	return (first + then)[:3]
}

// checksum is the answer to COMPUTE CRYPTOGRAPHIC CHECKSUM.
func (c *Card) checksum(track []byte) []byte {
	c.ATC++
	atc, un := binary.BigEndian.AppendUint16(nil, c.ATC), []byte{0, 0, 0x08, 0x99}
	code := tdes(c.cvc3, bytes.Join([][]byte{retailMAC(c.cvc3, track)[6:], un, atc}, nil))[6:]
	out := tlv.Append(nil, 0x9F36, atc)
	out = tlv.Append(out, 0x9F61, code)
	return tlv.Append(out, 0x9F6A, un)
}

// Obeys checks the MAC of the script in an answer and returns its command
// without it, nil if there is none that is right.
func (c *Card) Obeys(question, answer []byte) (identifier, command []byte) {
	q, err1 := tlv.Parse(question)
	a, err2 := tlv.Parse(answer)
	if err1 != nil || err2 != nil {
		return nil, nil
	}
	arqc, _ := q.Find(0x9F26)
	atc, _ := q.Find(0x9F36)
	identifier, _ = a.Find(0x9F18)
	whole, ok := a.Find(0x86)
	if !ok || len(whole) < 13 {
		return nil, nil
	}
	command, mac := whole[:len(whole)-8], whole[len(whole)-8:]
	if !bytes.Equal(retailMAC(c.scriptKey(atc, arqc), bytes.Join([][]byte{command[:5], atc, arqc, command[5:]}, nil)), mac) {
		return nil, nil
	}
	return identifier, command
}

func (c *Card) scriptKey(atc, arqc []byte) []byte {
	if c.Version == Visa22 || c.Version.mchip() {
		return commonKey(c.smi, arqc)
	}
	key := bytes.Clone(c.smi)
	for i := range 2 {
		key[6+i] ^= atc[i]
		key[14+i] ^= ^atc[i]
	}
	return key
}

// packedTrack packs digits and separators, F behind.
func packedTrack(digits string) []byte {
	if len(digits)%2 == 1 {
		digits += "F"
	}
	b, _ := hex.DecodeString(digits)
	return b
}
