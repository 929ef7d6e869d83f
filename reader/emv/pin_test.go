package emv

import (
	"bytes"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// pinCard verifies its PIN 1234 itself: rules are the end of its CVM list.
func pinCard(rules ...byte) func(*virtualcard.Profile) {
	return func(p *virtualcard.Profile) {
		p.PIN, p.SeparatePINKey, p.CVMList = "1234", true, append(make(virtualcard.Hex, 8), rules...)
	}
}

func TestAnOfflinePINIsEncipheredElsewhereAndJudgedByTheCard(t *testing.T) {
	status := func(sw string) func(command, answer []byte) []byte {
		return only(0x20, 1, func(_, _ []byte) []byte { return unhex(t, sw) })
	}
	for name, c := range map[string]struct {
		pins   []string
		change func(*bench, *Config)
		tries  []int
		cvm    string
		tvr    byte // third byte
	}{
		"right":             {[]string{"1234"}, nil, []int{3}, "440302", 0x00},
		"wrong, then right": {[]string{"4321", "1234"}, nil, []int{3, 2}, "440302", 0x00},
		"wrong three times": {[]string{"4321", "4321", "4321"}, nil, []int{3, 2, 1}, "1F0302", 0x20},
		"bypassed":          {nil, func(b *bench, _ *Config) { b.pin = PINBypassed }, []int{3}, "1F0302", 0x08},
		"key refused":       {nil, func(b *bench, _ *Config) { b.pin = PINKeyRefused }, []int{3}, "1F0302", 0x00},
		"PIN pad broken":    {nil, func(b *bench, _ *Config) { b.pin = PINFailed }, []int{3}, "1F0302", 0x10},
		"entered elsewhere": {nil, nil, []int{3}, "1F0302", 0x10},
		"card key alone":    {[]string{"1234"}, func(b *bench, _ *Config) { b.alter = hide(0x9F2D) }, []int{3}, "440302", 0x00},
		"no key":            {nil, func(b *bench, _ *Config) { b.alter = hide(0x90) }, nil, "1F0302", 0x00},
		"tries not told": {[]string{"1234"}, func(b *bench, _ *Config) {
			b.alter = swap(t, "9F1701", "9F1801")
		}, []int{-1}, "440302", 0x00},
		"no try left":     {nil, func(b *bench, _ *Config) { b.alter = swap(t, "9F170103", "9F170100") }, nil, "1F0302", 0x20},
		"blocked":         {[]string{"1234"}, func(b *bench, _ *Config) { b.alter = status("6983") }, []int{3}, "1F0302", 0x20},
		"invalidated":     {[]string{"1234"}, func(b *bench, _ *Config) { b.alter = status("6984") }, []int{3}, "1F0302", 0x20},
		"last try wrong":  {[]string{"1234"}, func(b *bench, _ *Config) { b.alter = status("63C0") }, []int{3}, "1F0302", 0x20},
		"endless tries":   {[]string{"1234"}, func(b *bench, _ *Config) { b.alter = status("63CF") }, []int{3}, "1F0302", 0x00},
		"another status":  {[]string{"1234"}, func(b *bench, _ *Config) { b.alter = status("6F00") }, []int{3}, "1F0302", 0x00},
		"challenge short": {nil, func(b *bench, _ *Config) { b.alter = only(0x84, 1, func(_, a []byte) []byte { return a[1:] }) }, nil, "1F0302", 0x00},
		"not announced":   {nil, func(_ *bench, c *Config) { c.Capabilities[1] = 0x68 }, nil, "1F0302", 0x00},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, "cda", pinCard(0x44, 0x03, 0x1F, 0x03))
			b.pins = c.pins
			if c.change != nil {
				c.change(b, &cfg)
			}
			tx, a := b.run(cfg)
			if a.Kind != ActionFinish || a.Outcome == OutcomeCardError || !slices.Equal(b.tries, c.tries) || b.asked != 0 {
				t.Fatalf("%v: %s, tries %v, %d online PINs", a.Outcome, a.Reason, b.tries, b.asked)
			}
			checkCVM(t, tx, c.cvm, c.tvr)
		})
	}
}

func checkCVM(t *testing.T, tx *Transaction, cvm string, tvr byte) {
	t.Helper()
	if got := tx.terminal.Value(tlv.Tag9F34CVMResults); !bytes.Equal(got, unhex(t, cvm)) {
		t.Errorf("9F34 %X, want %s", got, cvm)
	}
	if got := tx.terminal.Value(tlv.Tag95TerminalVerificationResults)[2]; got != tvr {
		t.Errorf("TVR byte 3 is %02X, want %02X", got, tvr)
	}
}

func TestCombinationsAndFurtherRulesFollowTheList(t *testing.T) {
	for name, c := range map[string]struct {
		rules  []byte
		pins   []string
		change func(*bench, *Config)
		cvm    string
		tvr    byte
		signed bool
	}{
		"PIN and signature":            {[]byte{0x05, 0x00}, []string{"1234"}, nil, "050000", 0x00, true},
		"PIN and signature, PIN wrong": {[]byte{0x05, 0x00}, []string{"1", "2", "3"}, nil, "050001", 0xA0, false},
		"no signature at the terminal": {[]byte{0x05, 0x00}, nil, func(_ *bench, c *Config) { c.Capabilities[1] = 0x58 }, "3F0001", 0x80, false},
		"no PIN pad":                   {[]byte{0x05, 0x00}, nil, func(_ *bench, c *Config) { c.Capabilities[1] = 0x28 }, "3F0001", 0x90, false},
		"plaintext with signature":     {[]byte{0x43, 0x00, 0x1E, 0x00}, nil, nil, "1E0000", 0x10, true},
		"plaintext alone":              {[]byte{0x01, 0x00}, nil, nil, "3F0001", 0x90, false},
		"bypass holds for every PIN":   {[]byte{0x44, 0x00, 0x42, 0x00, 0x1F, 0x00}, nil, func(b *bench, _ *Config) { b.pin = PINBypassed }, "1F0002", 0x08, false},
		"wrong, then online PIN":       {[]byte{0x44, 0x00, 0x02, 0x00}, []string{"1", "2", "3"}, nil, "020000", 0x24, false},
		"unknown method":               {[]byte{0x60, 0x00, 0x1F, 0x00}, nil, nil, "1F0002", 0x40, false},
		"fail is a method":             {[]byte{0x00, 0x00}, nil, nil, "000001", 0x80, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, "cda", pinCard(c.rules...))
			for _, p := range c.pins {
				b.pins = append(b.pins, (p + "999")[:4])
			}
			if len(c.pins) == 1 {
				b.pins = c.pins
			}
			if c.change != nil {
				c.change(b, &cfg)
			}
			tx, _ := b.run(cfg)
			checkCVM(t, tx, c.cvm, c.tvr)
			if tx.SignatureRequired() != c.signed {
				t.Errorf("signature required: %v", tx.SignatureRequired())
			}
		})
	}
}

func TestABypassMayBeForbidden(t *testing.T) {
	for _, rules := range [][]byte{{0x44, 0x00, 0x1F, 0x00}, {0x42, 0x00, 0x1F, 0x00}} {
		b, cfg := newAuthBench(t, "cda", pinCard(rules...))
		cfg.Applications[0].RefusePINBypass, b.pin = true, PINBypassed
		if _, a := b.run(cfg); a.Outcome != OutcomeAborted || a.Reason != ReasonBypass {
			t.Errorf("%X: %v %s", rules, a.Outcome, a.Reason)
		}
	}
}

func TestTheChainIsThereWhileAPINIsAwaitedAndHoldsNoMore(t *testing.T) {
	b, cfg := newAuthBench(t, "cda", pinCard(0x44, 0x03))
	card, err := virtualcard.New(b.profile, nil)
	if err != nil {
		t.Fatal(err)
	}
	tx := New(cfg, testOrder())
	if len(tx.PINChain(nil)) != 0 {
		t.Error("a chain before the card")
	}
	a := run(tx, tx.Next(Start()), virtualcard.NewConn(card))
	if a.Kind != ActionEncipherPIN {
		t.Fatal(a)
	}
	chain := tx.PINChain(make([]byte, 0, PINChainRoom))
	l, err := tlv.Parse(chain)
	if err != nil || len(chain) > PINChainRoom {
		t.Fatal(err, len(chain))
	}
	for _, e := range l {
		if !slices.Contains([]tlv.Tag{0x84, 0x8F, 0x90, 0x92, 0x9F32, 0x9F46, 0x9F47, 0x9F48, 0x9F2D, 0x9F2E, 0x9F2F, TagPINChallenge, TagStaticData}, e.Tag) {
			t.Errorf("tag %X in the chain", e.Tag)
		}
	}
	static := tx.auth.static.bytes()
	tx.Wipe()
	if len(tx.PINChain(nil)) != 0 || !bytes.Equal(static, make([]byte, len(static))) {
		t.Error("static data survived Wipe")
	}
}
