package virtualcard

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestEveryCommandHasANameToFailBy(t *testing.T) {
	c := mustCard(t, visa(), nil, Contact)
	for command, want := range map[string]string{
		"00A40400": "select", "80A80000": "gpo", "00B2010C": "read", "80CA9F36": "getdata", "00840000": "challenge", "00200080": "verify",
		"00880000": "intauth", "80AE8000": "gac1", "00820000": "extauth", "841E0000": "script", "8C1E0000": "script", "04DA9F58": "script",
		"802A8E80": "ccc", "80EA0000": "errd", "80D00000": "recover", "00FF0000": "", "80": "",
	} {
		if got := c.name(unhex(t, command)); got != want {
			t.Errorf("%s is %q, want %q", command, got, want)
		}
	}
	c.tx.stage = stageRequested
	if got := c.name(unhex(t, "80AE8000")); got != "gac2" {
		t.Error(got)
	}
}

func TestACardTearsAndFallsMuteAtEachNamedCommand(t *testing.T) {
	for _, command := range []string{
		"00A40400", "80A80000", "00B2010C", "80CA9F36", "00840000", "00200080", "00880000", "80AE8000", "00820000", "841E0000",
		"802A8E80", "80EA0000", "80D00000",
	} {
		p, q := visa(), unhex(t, command)
		name := mustCard(t, p, nil, Contact).name(q)
		p.TearAtCommand = name
		if out, effect := mustCard(t, p, nil, Contact).Do(q); effect != EffectTear || out != nil {
			t.Errorf("%s: %X %v", name, out, effect)
		}
		p.TearAtCommand, p.MuteAtCommand = "", name
		if out, effect := mustCard(t, p, nil, Contact).Do(q); effect != EffectMute || out != nil {
			t.Errorf("%s: %X %v", name, out, effect)
		}
		p.TearAtCommand, p.MuteAtCommand, p.Statuses = "", "", map[string]Hex{name: {0x6F, 0x01}}
		if out, _ := mustCard(t, p, nil, Contact).Do(q); !bytes.Equal(out, []byte{0x6F, 0x01}) {
			t.Errorf("%s: %X", name, out)
		}
	}
}

func TestGarbageShowsWhereItIsWanted(t *testing.T) {
	for _, g := range []struct {
		change func(*Profile)
		check  func(out []byte) bool
	}{
		{func(p *Profile) { p.Garbage = GarbageNested }, func(b []byte) bool { return b[0] == 0x77 && b[2] == 0x77 }},
		{func(p *Profile) { p.Garbage = GarbageDuplicate }, func(b []byte) bool { return bytes.Count(b, []byte{0x82, 0x02, 0x18, 0x00}) == 2 }},
		{func(p *Profile) { p.Garbage = GarbageAFL }, func(b []byte) bool { return bytes.Contains(b, []byte{0x94, 4, 0xF0, 9, 9, 0}) }},
		{func(p *Profile) { p.Garbage = GarbageStatus }, func(b []byte) bool { return bytes.Equal(b, []byte{0x6F, 0}) }},
		{func(p *Profile) { p.Statuses = map[string]Hex{"gpo": {0x69, 0x82}} }, func(b []byte) bool { return bytes.Equal(b, []byte{0x69, 0x82}) }},
		{func(p *Profile) { p.Garbage = GarbageOneByte }, func(b []byte) bool { return len(b) == 1 }},
	} {
		p := visa()
		g.change(&p)
		c := mustCard(t, p, nil, Contact)
		c.Do(unhex(t, "00A4040007A000000003101000"))
		if out, _ := c.Do(unhex(t, "80A80000058303052821")); !g.check(out) {
			t.Errorf("%s: %X", p.Garbage, out)
		}
	}
}

func TestAGreedyCardAsksForMoreThanACommandHolds(t *testing.T) {
	p := visa()
	p.Garbage = GarbageDOL
	out := mustCard(t, p, nil, Contact).Process(unhex(t, "00A4040007A000000003101000"))
	if !bytes.Contains(out, []byte{0x9F, 0x38, 3, 0x9F, 0x02, 0xFF}) {
		t.Errorf("%X", out)
	}
}

func TestAForgedAmountGivesAnotherCryptogram(t *testing.T) {
	var macs [][]byte
	for _, g := range []Garbage{GarbageNone, GarbageAmount} {
		p := visa()
		p.Garbage = g
		p.setDefaults()
		e := newTerminal(t, mustCard(t, p, nil, Contact))
		e.begin()
		e.generate(acARQC, 0x8C)
		macs = append(macs, e.has[0x9F26])
	}
	if bytes.Equal(macs[0], macs[1]) {
		t.Error("the same cryptogram")
	}
}

func TestProfilesThatMakeNoSoundCardAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Profile){
		"version":    func(p *Profile) { p.CVN = "visa99" },
		"oda":        func(p *Profile) { p.ODA = "xda" },
		"pin":        func(p *Profile) { p.PIN = "123" },
		"pin digits": func(p *Profile) { p.PIN = "12a4" },
		"others":     func(p *Profile) { p.Others = make([]Profile, 16) },
		"other":      func(p *Profile) { p.Others = []Profile{{AID: Hex{1}}} },
		"status":     func(p *Profile) { p.Statuses = map[string]Hex{"gpo": {0x90}} },
		"kernel":     func(p *Profile) { p.Tap = &Tap{Kernel: 5} },
		"qualifiers": func(p *Profile) { p.Tap = &Tap{CTQ: Hex{1}} },
		"key":        func(p *Profile) { p.CardSMIKey = Hex{1} },
		"codes":      func(p *Profile) { p.IACDenial = Hex{1} },
		"name":       func(p *Profile) { p.Name = "X" },
		"atr":        func(p *Profile) { p.AnswerToReset = Hex{0x3B} },
		"long":       func(p *Profile) { p.CVMList = make(Hex, 252) },
		"data":       func(p *Profile) { p.ChipData = "1" },
	} {
		p := visa()
		spoil(&p)
		if _, err := New(p, nil); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzProfile(f *testing.F) {
	for _, who := range Personalities() {
		p := who.Profile
		p.PAN, p.Expiry, p.IssuerMasterKey = panOf(who), "3112", make(Hex, 16)
		b, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseProfile(b)
		if err != nil {
			return
		}
		s, key := testScheme(t, p.AID[:5])
		if p, err = PersonaliseWith(p, s, key); err != nil {
			return
		}
		for _, face := range []Interface{Contact, Contactless} {
			card, err := newCard(p, face, nil)
			if err != nil {
				continue
			}
			card.Process(append([]byte{0, 0xA4, 4, 0, byte(len(p.AID))}, p.AID...))
			if out := card.Process([]byte{0x80, 0xA8, 0, 0, 2, 0x83, 0}); len(out) < 2 {
				t.Fatal("no answer")
			}
		}
	})
}
