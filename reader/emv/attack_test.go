package emv

import (
	"bytes"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// asTC makes a cryptogram of a card's answer look like an approval.
func asTC(_, answer []byte) []byte {
	if at := bytes.Index(answer, []byte{0x9F, 0x27, 0x01}); at >= 0 {
		answer[at+3] = acTC
	}
	return answer
}

// A30: the wedge of Murdoch, 2010: the terminal is told that the PIN was right, and the
// card is never asked. The terminal alone is deceived by it, which is the hole; 9F34
// then claims what the card's own results do not, for which the issuer declines
// (TestMisuseOfAnEntryModeIsDeclined in acquirer/internal/gateway).
func TestA30AWedgeDeceivesTheTerminalAlone(t *testing.T) {
	wedge := func(command, answer []byte) []byte {
		if command[1] == 0x20 { // VERIFY
			return []byte{0x90, 0x00}
		}
		return answer
	}
	told := map[string][]byte{}
	for name, c := range map[string]struct {
		alter func(command, answer []byte) []byte
		pin   string
		cvm   string
		tvr   byte
	}{
		"twin: the right PIN":             {nil, "1234", "440302", 0x00},
		"a wrong PIN, without a wedge":    {nil, "4321", "1F0302", 0x20},
		"hole: a wrong PIN, with a wedge": {wedge, "4321", "440302", 0x00},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, "cda", pinCard(0x44, 0x03, 0x1F, 0x03))
			b.alter, b.pins = c.alter, slices.Repeat([]string{c.pin}, 4)
			tx, a := b.run(cfg)
			if a.Outcome != OutcomeApproved || b.online != 1 {
				t.Fatalf("%v: %s", a.Outcome, a.Reason)
			}
			checkCVM(t, tx, c.cvm, c.tvr)
			l, err := tlv.Parse(b.arqcTLV)
			if err != nil {
				t.Fatal(err)
			}
			told[name] = value(t, l, 0x9F10)
		})
	}
	if bytes.Equal(told["twin: the right PIN"], told["hole: a wrong PIN, with a wedge"]) {
		t.Error("the card's own results do not tell the two apart: nobody could find the wedge")
	}
}

// A36: what an issuer did not say, and what a card did not give, is no approval.
func TestA36ForgedWordsOfIssuerAndCardAreNoApproval(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		change func(*bench)
		want   Outcome
	}{
		"twin: the issuer's word":                    {"cda", nil, OutcomeApproved},
		"no word of the issuer":                      {"cda", func(b *bench) { b.noIAD = true }, OutcomeDeclinedByCard},
		"a forged word":                              {"cda", func(b *bench) { b.spoil = true }, OutcomeDeclinedByCard},
		"a forged word, the AAC called a TC":         {"cda", func(b *bench) { b.spoil, b.alter = true, only(0xAE, 2, asTC) }, OutcomeDeclinedByCard},
		"the first AAC called a TC":                  {"cda", func(b *bench) { b.profile.Declines, b.alter = true, only(0xAE, 1, asTC) }, OutcomeCardError},
		"hole: no signature, and the AAC called one": {"", func(b *bench) { b.spoil, b.alter = true, only(0xAE, 2, asTC) }, OutcomeApproved},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, c.method, nil)
			if c.change != nil {
				c.change(b)
			}
			if _, a := b.run(cfg); a.Outcome != c.want {
				t.Errorf("%v: %s", a.Outcome, a.Reason)
			}
		})
	}
}

// A38: a card whose data were changed is declined by action codes that say so; with
// codes that ask for nothing it would pay.
func TestA38AFailedAuthenticationDeclinesWhereTheActionCodesSaySo(t *testing.T) {
	failed, nothing := Hex{0x4C, 0, 0, 0, 0}, Hex{0, 0, 0, 0, 0} // SDA, DDA or CDA failed
	for _, method := range []string{"sda", "dda", "cda"} {
		for name, c := range map[string]struct {
			forged bool
			denial Hex
			want   Outcome
		}{
			"twin":            {false, failed, OutcomeApproved},
			"forged":          {true, failed, OutcomeDeclined},
			"hole: no denial": {true, nothing, OutcomeApproved},
		} {
			t.Run(method+", "+name, func(t *testing.T) {
				b, cfg := newAuthBench(t, method, nil)
				if c.forged {
					b.alter = swap(t, "9F0702FFC0", "9F0702FFC1")
				}
				cfg.Applications[0].TACDenial = c.denial
				_, a := b.run(cfg)
				if a.Outcome != c.want || (b.online == 1) != (c.want == OutcomeApproved) {
					t.Errorf("%v: %s, %d times online", a.Outcome, a.Reason, b.online)
				}
			})
		}
	}
}
