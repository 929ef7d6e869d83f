package testlane

import (
	"context"
	"crypto/aes"
	"crypto/des"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Card is one that a test puts into a terminal.
type Card struct {
	PAN, PIN string
	ATC      uint16
	Service  string  // service code; 201 at first
	Version  Version // of the cryptogram
	CVM      [3]byte // 9F34; online PIN at first
	Results  byte    // set in the first byte of the card verification results

	key, smi, cvc3 []byte // master keys: application cryptograms, scripts, dynamic codes
	cvk            []byte
}

// Published test account numbers.
const (
	PAN1 = "4111111111111111"
	PAN2 = "5555555555554444"
	PAN3 = "4012888888881881"
)

// NewCard makes a card and its registration with the issuer. The PIN's reference
// comes from the element, as in personalisation.
func (l *Lane) NewCard(tb testing.TB, pan, pin string, balance int64, scenario provisioning.Scenario) (*Card, provisioning.Card) {
	tb.Helper()
	c := &Card{PAN: pan, PIN: pin, Service: "201", Version: Visa12, CVM: [3]byte{0x42}, cvk: l.cvk,
		key: cardKey(l.issuerAC, pan+"01"), smi: cardKey(l.issuerSMI, pan+"01"), cvc3: cardKey(l.issuerCVC3, pan+"01")}
	p := provisioning.Card{PAN: pan, PSN: "01", Expiry: "4912", Balance: balance, Currency: Euro, Scenario: scenario}
	t := l.NewTerminal(tb, 999)
	ksn, block := t.SealPIN(tb, pin, pan)
	zone, err := l.Client.TranslatePIN(context.Background(), element.TranslatePIN{KSN: ksn, Block: block, PAN: []byte(pan)})
	must(tb, err)
	offset, err := l.Client.PINOffset(context.Background(), element.PINOffset{Block: zone.Block, PAN: []byte(pan)})
	must(tb, err)
	p.PINOffset = string(offset.Offset)
	return c, p
}

// Chip is DE 55 with an ARQC for an amount in minor units.
func (c *Card) Chip(amount int64) []byte { return c.ChipOf(amount, 0, 0x80) }

// ChipOf is DE 55 with another amount in 9F03 and a cryptogram of this kind (9F27).
func (c *Card) ChipOf(amount, other int64, kind byte) []byte {
	c.ATC++
	twelve := bcd12(amount)
	atc := binary.BigEndian.AppendUint16(nil, c.ATC)
	un := random(4)
	iad := c.Version.issuerData(c.Results)
	parts := []struct {
		tag   tlv.Tag
		value []byte
	}{
		{0x9F02, twelve}, {0x9F03, bcd12(other)}, {0x9F1A, []byte{0x02, 0x80}}, {0x95, make([]byte, 5)},
		{0x5F2A, []byte{0x09, 0x78}}, {0x9A, []byte{0x26, 0x01, 0x02}}, {0x9C, []byte{0}}, {0x9F37, un},
		{0x82, []byte{0x19, 0x80}}, {0x9F36, atc}, {0x9F10, iad},
	}
	var out, input []byte
	for _, p := range parts {
		out, input = tlv.Append(out, p.tag, p.value), append(input, p.value...)
	}
	input = input[:len(input)-len(iad)]
	out = tlv.Append(out, 0x9F26, c.Version.cryptogram(c.key, twelve, un, atc, input, iad))
	out = tlv.Append(out, 0x9F27, []byte{kind})
	return tlv.Append(out, 0x9F34, c.CVM[:])
}

func bcd12(amount int64) []byte {
	twelve := make([]byte, 6)
	for i := 5; i >= 0; i, amount = i-1, amount/100 {
		twelve[i] = byte(amount%100/10<<4 | amount%10)
	}
	return twelve
}

// Accepts checks tag 91 of an answer (EMV 4.4 Book 2, 8.2). Method 1 with a
// scheme's own bits approves with 0010, with a response code with 00.
func (c *Card) Accepts(question, answer []byte) bool {
	q, err1 := tlv.Parse(question)
	a, err2 := tlv.Parse(answer)
	if err1 != nil || err2 != nil {
		return false
	}
	arqc, _ := q.Find(0x9F26)
	atc, _ := q.Find(0x9F36)
	data, _ := a.Find(0x91)
	return c.Version.accepts(c.key, arqc, atc, data)
}

// account is what a terminal seals: 5A, 5F24, 5F34.
func (c *Card) account() []byte {
	pan := c.PAN
	if len(pan)%2 == 1 {
		pan += "F"
	}
	cn, _ := hex.DecodeString(pan)
	b := tlv.Append(nil, 0x5A, cn)
	b = tlv.Append(b, 0x5F24, []byte{0x49, 0x12, 0x31})
	return tlv.Append(b, 0x5F34, []byte{0x01})
}

// SealPIN is what the PIN pad sends.
func (t *Terminal) SealPIN(tb testing.TB, pin, pan string) (element.KSN, element.PINBlock) {
	tb.Helper()
	tx, err := t.pin.Next(make([]byte, dukpt.RoomTransaction), forget)
	must(tb, err)
	defer tx.Wipe()
	key := make([]byte, 32)
	must(tb, tx.PINEncryptionKey(key, dukpt.AES256))
	b, err := aes.NewCipher(key)
	must(tb, err)
	var block element.PINBlock
	must(tb, pinblock.EncodeFormat4(block[:], b, []byte(pin), []byte(pan), rand.Reader))
	return element.KSN(tx.KSN()), block
}

// cardKey is option A over PAN and sequence number.
func cardKey(imk []byte, digits string) []byte {
	y, _ := hex.DecodeString(digits[len(digits)-16:])
	z := make([]byte, 8)
	for i := range y {
		z[i] = ^y[i]
	}
	return odd(append(tdes(imk, y), tdes(imk, z)...))
}

func sessionKey(card, atc []byte) []byte {
	left := []byte{atc[0], atc[1], 0xF0, 0, 0, 0, 0, 0}
	right := []byte{atc[0], atc[1], 0x0F, 0, 0, 0, 0, 0}
	return odd(append(tdes(card, left), tdes(card, right)...))
}

func retailMAC(key, data []byte) []byte {
	return paddedMAC(key, append(append([]byte(nil), data...), 0x80))
}

// paddedMAC fills up with zeros only.
func paddedMAC(key, data []byte) []byte {
	data = append([]byte(nil), data...)
	for len(data)%8 != 0 {
		data = append(data, 0)
	}
	one, _ := des.NewCipher(key[:8])
	two, _ := des.NewCipher(key[8:])
	mac := make([]byte, 8)
	for ; len(data) > 0; data = data[8:] {
		for i := range mac {
			mac[i] ^= data[i]
		}
		one.Encrypt(mac, mac)
	}
	two.Decrypt(mac, mac)
	one.Encrypt(mac, mac)
	return mac
}

func tdes(key, in []byte) []byte {
	b, _ := des.NewTripleDESCipher(append(append([]byte(nil), key...), key[:8]...))
	out := make([]byte, 8)
	b.Encrypt(out, in)
	return out
}

func odd(key []byte) []byte {
	for i, c := range key {
		if bits.OnesCount8(c)%2 == 0 {
			key[i] ^= 1
		}
	}
	return key
}

func forget([]byte) error { return nil }
