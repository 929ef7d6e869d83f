package emv

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// flip changes the answers to one instruction: the last bit of the value that
// ends offset bytes before the status word.
func flip(ins byte, offset int) func(command, answer []byte) []byte {
	return func(command, answer []byte) []byte {
		if command[1] == ins && len(answer) > offset+2 {
			answer[len(answer)-3-offset] ^= 1
		}
		return answer
	}
}

// swap replaces bytes in every answer.
func swap(t *testing.T, from, to string) func(command, answer []byte) []byte {
	return func(_, answer []byte) []byte { return bytes.ReplaceAll(answer, unhex(t, from), unhex(t, to)) }
}

// only applies a change to the n-th of the commands with this instruction.
func only(ins byte, n int, change func(command, answer []byte) []byte) func(command, answer []byte) []byte {
	seen := 0
	return func(command, answer []byte) []byte {
		if command[1] == ins {
			if seen++; seen == n {
				return change(command, answer)
			}
		}
		return answer
	}
}

func TestCardsAreAuthenticatedByTheBestMethodThatBothSidesHave(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		able   byte
		tvr    byte
		tsi    byte
		p1     []byte
	}{
		"nothing announced":   {"cda", 0x00, 0x80, 0x00, []byte{0x80, 0x40}},
		"nothing on the card": {"", 0xC8, 0x80, 0x00, []byte{0x80, 0x40}},
		"SDA":                 {"sda", 0xC8, 0x02, 0x80, []byte{0x80, 0x40}},
		"DDA":                 {"dda", 0xC8, 0x00, 0x80, []byte{0x80, 0x40}},
		"DDA, not SDA":        {"dda", 0xC0, 0x00, 0x80, []byte{0x80, 0x40}},
		"SDA of a DDA card":   {"dda", 0x80, 0x02, 0x80, []byte{0x80, 0x40}},
		"CDA":                 {"cda", 0xC8, 0x00, 0x80, []byte{0x90, 0x50}},
		"DDA of a CDA card":   {"cda", 0xC0, 0x00, 0x80, []byte{0x80, 0x40}},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, c.method, nil)
			cfg.Capabilities[2] = c.able
			tx, a := b.run(cfg)
			if a.Outcome != OutcomeApproved || !bytes.Equal(b.p1, c.p1) {
				t.Fatalf("%v: %s, P1 %X", a.Outcome, a.Reason, b.p1)
			}
			checkAuthentication(t, tx, c.tvr, c.tsi)
		})
	}
}

func checkAuthentication(t *testing.T, tx *Transaction, tvr, tsi byte) {
	t.Helper()
	if got := tx.terminal.Value(tlv.Tag95TerminalVerificationResults)[0]; got != tvr {
		t.Errorf("TVR byte 1 is %02X, want %02X", got, tvr)
	}
	if got := tx.terminal.Value(tlv.Tag9BTransactionStatusInformation)[0] & 0x80; got != tsi {
		t.Errorf("TSI byte 1 has %02X, want %02X", got, tsi)
	}
}

func TestAFailedAuthenticationIsToldToTheBitAndStopsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		change func(*bench, *Config)
		tvr    byte
	}{
		"SDA, record altered":  {"sda", func(b *bench, _ *Config) { b.alter = swap(t, "9F0702FFC0", "9F0702FFC1") }, 0x42},
		"DDA, record altered":  {"dda", func(b *bench, _ *Config) { b.alter = swap(t, "9F0702FFC0", "9F0702FFC1") }, 0x08},
		"CDA, record altered":  {"cda", func(b *bench, _ *Config) { b.alter = swap(t, "9F0702FFC0", "9F0702FFC1") }, 0x04},
		"DDA, signature false": {"dda", func(b *bench, _ *Config) { b.alter = flip(0x88, 0) }, 0x08},
		"tag list longer":      {"dda", func(b *bench, _ *Config) { b.alter = swap(t, "9F4A0182", "9F4A0195") }, 0x08},
		"no key with the index": {"cda", func(_ *bench, c *Config) {
			c.ODA.Keys[0].RID = unhex(t, "A000000004")
			rechecked(&c.ODA.Keys[0])
		}, 0x04},
		"key expired":             {"sda", func(_ *bench, c *Config) { c.ODA.Keys[0].Expiry = Hex{0x24, 0x12, 0x31} }, 0x42},
		"SDA, signature missing":  {"sda", func(b *bench, _ *Config) { b.alter = hide(0x93) }, 0x62},
		"DDA, card key missing":   {"dda", func(b *bench, _ *Config) { b.alter = hide(0x9F46) }, 0x28},
		"CDA, issuer key missing": {"cda", func(b *bench, _ *Config) { b.alter = hide(0x90) }, 0x24},
		"SDA, index missing":      {"sda", func(b *bench, _ *Config) { b.alter = hide(0x8F) }, 0x62},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, c.method, nil)
			c.change(b, &cfg)
			tx, a := b.run(cfg)
			if a.Outcome != OutcomeApproved || !bytes.Equal(b.p1, []byte{0x80, 0x40}) {
				t.Fatalf("%v: %s, P1 %X", a.Outcome, a.Reason, b.p1)
			}
			checkAuthentication(t, tx, c.tvr, 0x80)
		})
	}
}

// hide takes an element out of a record: it gets a tag that nobody knows.
func hide(tag tlv.Tag) func(command, answer []byte) []byte {
	return func(command, answer []byte) []byte {
		if command[1] != 0xB2 || len(answer) < 4 {
			return answer
		}
		l, err := tlv.ParseCard(answer[:len(answer)-2])
		if err != nil || len(l) != 1 {
			return answer
		}
		var kept tlv.List
		for _, e := range l[0].Children {
			if e.Tag != tag {
				kept = append(kept, e)
			}
		}
		l[0].Children = kept
		return append(tlv.AppendList(nil, l), answer[len(answer)-2:]...)
	}
}

func TestARevokedIssuerFails(t *testing.T) {
	b, cfg := newAuthBench(t, "cda", nil)
	tx, _ := b.run(cfg)
	checkAuthentication(t, tx, 0x00, 0x80)
	issuerSerial := serialOf(t, b)
	cfg.ODA.Revoked = []Revoked{{RID: cfg.ODA.Keys[0].RID, Index: cfg.ODA.Keys[0].Index, Serial: issuerSerial}}
	tx, _ = b.run(cfg)
	checkAuthentication(t, tx, 0x04, 0x80)
}

func TestAFalseSignatureOnTheARQCDeclinesWithoutTheHost(t *testing.T) {
	b, cfg := newAuthBench(t, "cda", nil)
	b.alter = only(0xAE, 1, signatureSpoilt)
	tx, a := b.run(cfg)
	if a.Outcome != OutcomeDeclined || a.Reason != ReasonSignature || b.online != 0 || !bytes.Equal(b.p1, []byte{0x90, 0x00}) {
		t.Fatalf("%v: %s, online %d, P1 %X", a.Outcome, a.Reason, b.online, b.p1)
	}
	if tx.ResponseCode() != [2]byte{'Z', '1'} {
		t.Errorf("8A %s", tx.ResponseCode())
	}
	checkAuthentication(t, tx, 0x04, 0x80)
}

func TestAFalseSignatureOnTheTCIsNoApproval(t *testing.T) {
	b, cfg := newAuthBench(t, "cda", nil)
	b.alter = only(0xAE, 2, signatureSpoilt)
	tx, a := b.run(cfg)
	if a.Outcome != OutcomeDeclinedByCard || a.Reason != ReasonSignature || !bytes.Equal(b.p1, []byte{0x90, 0x50}) {
		t.Fatalf("%v: %s, P1 %X", a.Outcome, a.Reason, b.p1)
	}
	checkAuthentication(t, tx, 0x04, 0x80)
}

func TestAFalseSignatureOnAnOfflineTCDeclines(t *testing.T) {
	b, cfg := newAuthBench(t, "cda", approving)
	b.alter = only(0xAE, 1, signatureSpoilt)
	_, a := b.run(offline(cfg))
	if a.Outcome != OutcomeDeclined || a.Reason != ReasonSignature || !bytes.Equal(b.p1, []byte{0x50}) {
		t.Fatalf("%v: %s, P1 %X", a.Outcome, a.Reason, b.p1)
	}
}

// signatureSpoilt changes one bit of 9F4B.
func signatureSpoilt(_, answer []byte) []byte {
	if at := bytes.Index(answer, []byte{0x9F, 0x4B}); at >= 0 {
		answer[at+10] ^= 1
	}
	return answer
}

func TestEveryBitOfASignedAnswerCounts(t *testing.T) {
	for _, tag := range []tlv.Tag{0x9F27, 0x9F36, 0x9F10} {
		b, cfg := newAuthBench(t, "cda", nil)
		b.alter = only(0xAE, 1, func(_, answer []byte) []byte {
			at := bytes.Index(answer, []byte{byte(tag >> 8), byte(tag)})
			answer[at+3] ^= 1
			return answer
		})
		if _, a := b.run(cfg); a.Outcome == OutcomeApproved || b.online != 0 {
			t.Errorf("tag %X changed: %v", tag, a.Outcome)
		}
	}
}

func TestACardThatGivesNoDynamicSignatureBreaksTheProtocol(t *testing.T) {
	for name, answer := range map[string][]byte{
		"refused": {0x69, 0x85}, "empty": {0x90, 0x00}, "no signature": {0x77, 0x00, 0x90, 0x00}, "empty signature": {0x80, 0x00, 0x90, 0x00},
	} {
		b, cfg := newAuthBench(t, "dda", nil)
		b.alter = only(0x88, 1, func(_, _ []byte) []byte { return answer })
		if _, a := b.run(cfg); a.Outcome != OutcomeCardError {
			t.Errorf("%s: %v", name, a.Outcome)
		}
	}
}

func approving(p *virtualcard.Profile) {
	p.ApprovesOffline, p.NoCVM, p.IACOnline = true, true, virtualcard.Hex{0xF0, 0x20, 0x04, 0x98, 0x00}
	p.IACDefault = virtualcard.Hex{0xF0, 0x20, 0x04, 0x00, 0x00}
}
