package virtualcard

import (
	"bytes"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestEachDirectoryIsOnItsInterfaceAlone(t *testing.T) {
	p, _ := personalised(t, "visa-tap")
	for face, want := range map[Interface]string{Contact: pse, Contactless: ppse} {
		for _, name := range []string{pse, ppse} {
			e := newTerminal(t, mustCard(t, p, nil, face))
			out := e.send(0, 0xA4, 4, 0, []byte(name))
			if got := out[len(out)-2] == 0x90; got != (name == want) {
				t.Errorf("%s, %s: %X", face, name, out)
			}
		}
	}
	e := newTerminal(t, mustCard(t, p, nil, Contactless))
	e.ask(0, 0xA4, 4, 0, []byte(ppse))
	if !bytes.Equal(e.has[0x4F], p.AID) || !bytes.Equal(e.has[0x9F2A], []byte{3}) || !bytes.Equal(e.has[0x87], []byte{1}) {
		t.Errorf("%X", e.has)
	}
}

func TestCardsWithoutAnInterfaceAreNotThere(t *testing.T) {
	p, _ := personalised(t, "visa-credit")
	if _, err := NewContactless(p, nil); !errors.Is(err, ErrInterface) {
		t.Error(err)
	}
	p, _ = personalised(t, "phone-tap")
	if _, err := New(p, nil); !errors.Is(err, ErrInterface) {
		t.Error(err)
	}
	p, _ = personalised(t, "stripe-only")
	if one, two := p.Stripe(); one[:2] != "%B" || two[0] != ';' {
		t.Errorf("%s %s", one, two)
	}
}

func TestKernel3CardsDecideAsTheirQualifiersSay(t *testing.T) {
	for _, c := range []struct{ name, ttq, ctq, want string }{
		{"visa-tap", "36400000", "8000", "80"},           // PIN where a CVM is due
		{"visa-tap", "36000000", "0000", "80"},           // none is due
		{"visa-tap", "32400000", "0000", "80"},           // the reader has no PIN pad
		{"visa-tap", "3E000000", "0000", "00"},           // an offline reader, a card that asks online
		{"visa-tap-signature", "36400000", "4000", "80"}, // signature
		{"visa-tap-fdda", "36000000", "0000", "40"},      // offline
		{"visa-tap-fdda", "36800000", "0000", "80"},      // the reader wants it online
		{"visa-tap-decline", "36000000", "0000", "00"},
		{"phone-tap", "36400000", "0080", "80"},
		{"phone-tap", "36800000", "0080", "80"},
	} {
		p, _ := personalised(t, c.name)
		e := newTerminal(t, mustCard(t, p, nil, Contactless))
		e.has[0x9F66] = unhex(t, c.ttq)
		e.begin()
		if !bytes.Equal(e.has[0x9F6C], unhex(t, c.ctq)) || !bytes.Equal(e.has[0x9F27], unhex(t, c.want)) {
			t.Errorf("%s, %s: CTQ %X, CID %X", c.name, c.ttq, e.has[0x9F6C], e.has[0x9F27])
		}
		for _, tag := range []tlv.Tag{0x57, 0x5F34, 0x82, 0x9F10, 0x9F26, 0x9F36} {
			if e.has[tag] == nil {
				t.Errorf("%s: %X is missing", c.name, uint32(tag))
			}
		}
	}
}

func TestATapIsRefusedWithTheProfilesWords(t *testing.T) {
	for name, want := range map[string]string{"see-phone": "6986", "insert-instead": "6985"} {
		p, _ := personalised(t, name)
		e := newTerminal(t, mustCard(t, p, nil, Contactless))
		e.ask(0, 0xA4, 4, 0, p.AID)
		e.pdol = e.fill(e.has[0x9F38])
		if got := e.send(0x80, 0xA8, 0, 0, append([]byte{0x83, byte(len(e.pdol))}, e.pdol...)); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%s: %X", name, got)
		}
	}
}

func TestKernel2CardsSignAndDecide(t *testing.T) {
	for _, c := range []struct {
		name string
		ask  byte
		want byte
	}{
		{"mastercard-tap", acARQC, acARQC}, {"mastercard-tap", acTC, acARQC}, {"mastercard-tap", acAAC, acAAC},
		{"mastercard-tap-offline", acTC, acTC}, {"mastercard-tap-offline", acARQC, acARQC}, {"amex-tap", acARQC, acARQC},
	} {
		p, s := personalised(t, c.name)
		e := newTerminal(t, mustCard(t, p, nil, Contactless))
		e.begin()
		l := e.generate(c.ask|askCDA, 0x8C)
		if e.has[0x9F27][0] != c.want {
			t.Errorf("%s, %02X: CID %X", c.name, c.ask, e.has[0x9F27])
		}
		if c.want != acAAC {
			combinedOf(t, e, e.cardKey(s), l, e.pdol, e.lastData)
		}
		if out := e.send(0x80, 0xAE, acTC, 0, nil); !bytes.Equal(out, []byte{0x69, 0x85}) {
			t.Errorf("a second GENERATE AC is answered %X", out)
		}
	}
}

func TestOwnDevicesSaySo(t *testing.T) {
	p, _ := personalised(t, "mastercard-phone")
	e := newTerminal(t, mustCard(t, p, nil, Contactless))
	if e.begin(); e.has[0x82][0]&aipOwnDevice == 0 {
		t.Errorf("AIP %X", e.has[0x82])
	}
}

func TestMagStripeModeGivesCodesAndNoCryptogram(t *testing.T) {
	p, _ := personalised(t, "mastercard-tap-magstripe")
	e := newTerminal(t, mustCard(t, p, nil, Contactless))
	e.begin()
	if e.has[0x82][1]&aipEMVMode != 0 {
		t.Errorf("AIP %X", e.has[0x82])
	}
	for _, tag := range []tlv.Tag{0x56, 0x9F62, 0x9F63, 0x9F64, 0x9F65, 0x9F66, 0x9F67, 0x9F6B, 0x9F6C} {
		if e.has[tag] == nil {
			t.Errorf("%X is missing", uint32(tag))
		}
	}
	if out := e.send(0x80, 0xAE, acARQC, 0, make([]byte, 43)); !bytes.Equal(out, []byte{0x69, 0x85}) {
		t.Errorf("GENERATE AC is answered %X", out)
	}
	un := []byte{0, 0, 0x08, 0x99}
	e.ask(0x80, 0x2A, 0x8E, 0x80, un)
	want := CVC3(CardKey(p.IssuerMasterKey, p.PAN, 1), e.has[0x9F6B], [4]byte(un), 1)
	if !bytes.Equal(e.has[0x9F61], want) || len(e.has[0x9F60]) != 2 || !bytes.Equal(e.has[0x9F36], []byte{0, 1}) {
		t.Errorf("%X, want %X", e.has[0x9F61], want)
	}
	if out := e.send(0x80, 0x2A, 0x8E, 0x80, un); !bytes.Equal(out, []byte{0x69, 0x85}) {
		t.Errorf("a second code is answered %X", out)
	}
}

func TestATornTapIsRecovered(t *testing.T) {
	p, s := personalised(t, "mastercard-tap-torn")
	memory := NewMemory(p)
	card := mustCard(t, p, memory, Contactless)
	e := newTerminal(t, card)
	e.begin()
	data := e.fill(e.has[0x8C])
	out, effect := card.Do(append([]byte{0x80, 0xAE, acARQC | askCDA, 0, byte(len(data))}, data...))
	if out != nil || effect != EffectTear {
		t.Fatalf("%X %v", out, effect)
	}
	back := newTerminal(t, mustCard(t, p, memory, Contactless))
	back.begin()
	if out := back.send(0x80, 0xD0, 0, 0, []byte{9, 9, 9, 9}); !bytes.Equal(out, []byte{0x6A, 0x88}) {
		t.Errorf("another transaction is answered %X", out)
	}
	l := back.ask(0x80, 0xD0, 0, 0, back.fill(back.has[0x9F51]))
	combinedOf(t, back, back.cardKey(s), l, e.pdol, data)
	if !bytes.Equal(back.has[0x9F36], []byte{0, 1}) || memory.ATC(p.AID) != 2 {
		t.Errorf("counters %X and %d", back.has[0x9F36], memory.ATC(p.AID))
	}
}

func TestThreeMeasurementsAreEnough(t *testing.T) {
	p, _ := personalised(t, "mastercard-tap-relay")
	e := newTerminal(t, mustCard(t, p, nil, Contactless))
	e.begin()
	for i := range 4 {
		if out := e.send(0x80, 0xEA, 0, 0, []byte{1, 2, 3, 4}); (out[len(out)-2] == 0x90) != (i < 3) {
			t.Errorf("measurement %d: %X", i, out)
		}
	}
}
