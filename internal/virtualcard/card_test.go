package virtualcard

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestTheUsualCardIsAsItAlwaysWas(t *testing.T) {
	p := visa()
	p.setDefaults()
	e := newTerminal(t, mustCard(t, p, nil, Contact))
	e.begin()
	if !bytes.Equal(e.has[0x82], []byte{0x18, 0x00}) || !bytes.Equal(e.has[0x94], unhex(t, "1001020018010100")) || len(e.static) != 0 {
		t.Errorf("%X %X", e.has[0x82], e.has[0x94])
	}
	for _, tag := range []byte{0x13, 0x17} {
		if out := e.send(0x80, 0xCA, 0x9F, tag, nil); !bytes.Equal(out, []byte{0x6A, 0x88}) {
			t.Errorf("9F%02X: %X", tag, out)
		}
	}
	e.generate(acTC, 0x8C)
	if !bytes.Equal(e.has[0x9F10], unhex(t, "06011203A00000")) || e.has[0x9F27][0] != acARQC {
		t.Errorf("%X %X", e.has[0x9F10], e.has[0x9F27])
	}
	e.has[0x91] = e.approve()
	e.generate(acTC, 0x8D)
	if !bytes.Equal(e.has[0x9F10], unhex(t, "06011203600000")) || e.has[0x9F27][0] != acTC {
		t.Errorf("%X %X", e.has[0x9F10], e.has[0x9F27])
	}
}

func TestSeveralApplicationsAreListedAndChosen(t *testing.T) {
	p, _ := personalised(t, "visa-two")
	e := newTerminal(t, mustCard(t, p, nil, Contact))
	e.ask(0, 0xA4, 4, 0, []byte(pse))
	if !bytes.Equal(e.has[0x88], []byte{1}) || string(e.has[0x5F2D]) != "deen" {
		t.Errorf("%X", e.has)
	}
	for n, want := range []struct {
		aid      []byte
		priority byte
	}{{p.AID, 0x81}, {p.Others[0].AID, 0x82}} {
		e.ask(0, 0xB2, byte(n+1), 1<<3|4, nil)
		if !bytes.Equal(e.has[0x4F], want.aid) || e.has[0x87][0] != want.priority {
			t.Errorf("record %d: %X %X", n+1, e.has[0x4F], e.has[0x87])
		}
	}
	if out := e.send(0, 0xB2, 3, 1<<3|4, nil); !bytes.Equal(out, []byte{0x6A, 0x83}) {
		t.Errorf("%X", out)
	}
	rid := p.AID[:5]
	e.ask(0, 0xA4, 4, 0, rid)
	if !bytes.Equal(e.has[0x84], p.AID) || string(e.has[0x9F12]) != "Visa Gold" {
		t.Errorf("%X", e.has[0x84])
	}
	if e.ask(0, 0xA4, 4, 2, rid); !bytes.Equal(e.has[0x84], p.Others[0].AID) {
		t.Errorf("%X", e.has[0x84])
	}
	if out := e.send(0, 0xA4, 4, 2, rid); !bytes.Equal(out, []byte{0x6A, 0x82}) {
		t.Errorf("%X", out)
	}
}

func TestABlockedApplicationSaysSoAndIsUnblockedByItsIssuerAlone(t *testing.T) {
	p, _ := personalised(t, "blocked-application")
	memory := NewMemory(p)
	e := newTerminal(t, mustCard(t, p, memory, Contact))
	out := e.send(0, 0xA4, 4, 0, p.AID)
	if n := len(out) - 2; n < 10 || !bytes.Equal(out[n:], []byte{0x62, 0x83}) {
		t.Fatalf("%X", out)
	}
	l, err := tlv.Parse(out[:len(out)-2])
	if err != nil {
		t.Fatal(err)
	}
	e.has[0x9F38], _ = l.Find(0x9F38)
	pdol := e.fill(e.has[0x9F38])
	e.ask(0x80, 0xA8, 0, 0, tlv.Append(nil, 0x83, pdol))
	e.has[0x8C] = cdol1().Append(nil)
	if e.generate(acARQC, 0x8C); e.has[0x9F27][0] != acAAC {
		t.Errorf("CID %X", e.has[0x9F27])
	}
	if out := e.send(0x84, 0x18, 0, 0, make([]byte, 8)); !bytes.Equal(out, []byte{0x69, 0x88}) {
		t.Errorf("a false MAC is answered %X", out)
	}
	if out := e.send(0x84, 0x18, 0, 0, e.scriptMAC(0x84, 0x18, 0, 0, nil, 4)); !bytes.Equal(out, []byte{0x90, 0x00}) {
		t.Errorf("%X", out)
	}
	newTerminal(t, mustCard(t, p, memory, Contact)).begin()
}

// scriptMAC is the issuer's.
func (e *terminal) scriptMAC(cla, ins, p1, p2 byte, data []byte, n int) []byte {
	a := e.card.tx.app
	in := append([]byte{cla, ins, p1, p2, byte(len(data) + n)}, e.card.counter()...)
	in = append(append(in, e.card.tx.first...), data...)
	return append(bytes.Clone(data), RetailMAC(e.card.messagingKey(a.smi), in)[:n]...)
}

func TestScriptsChangeTheCardForGood(t *testing.T) {
	p, _ := personalised(t, "offline-pin-plain")
	memory := NewMemory(p)
	e := newTerminal(t, mustCard(t, p, memory, Contact))
	e.begin()
	if out := e.send(0x84, 0x1E, 0, 0, make([]byte, 8)); !bytes.Equal(out, []byte{0x69, 0x85}) {
		t.Errorf("a script before the cryptogram: %X", out)
	}
	e.generate(acARQC, 0x8C)
	ok := func(cla, ins, p1, p2 byte, data []byte) {
		t.Helper()
		if out := e.send(cla, ins, p1, p2, e.scriptMAC(cla, ins, p1, p2, data, 8)); !bytes.Equal(out, []byte{0x90, 0x00}) {
			t.Errorf("%02X is answered %X", ins, out)
		}
	}
	record := unhex(t, "70049F070100")
	ok(0x04, 0xDC, 1, 3<<3|4, record)
	ok(0x04, 0xDA, 0x9F, 0x58, []byte{7})
	ok(0x84, 0x24, 0, 0, nil)
	e.has[0x91] = e.approve()
	if e.generate(acTC, 0x8D); e.has[0x9F10][6] != 0x31 {
		t.Errorf("9F10 %X", e.has[0x9F10])
	}
	ok(0x84, 0x16, 0, 0, nil)
	e = newTerminal(t, mustCard(t, p, memory, Contact))
	if out := e.send(0, 0xA4, 4, 0, p.AID); !bytes.Equal(out, []byte{0x6A, 0x81}) {
		t.Errorf("a blocked card answers %X", out)
	}
	memory.blocked = false
	e.begin()
	if out := e.send(0, 0xB2, 1, 3<<3|4, nil); !bytes.Equal(out, append(record, 0x90, 0)) {
		t.Errorf("the record is %X", out)
	}
	if e.ask(0x80, 0xCA, 0x9F, 0x58, nil); !bytes.Equal(e.has[0x9F58], []byte{7}) {
		t.Errorf("%X", e.has[0x9F58])
	}
}

func TestOfflineApprovalsEndAtTheUpperLimit(t *testing.T) {
	p, _ := personalised(t, "offline-approve")
	memory := NewMemory(p)
	for n := range 7 {
		e := newTerminal(t, mustCard(t, p, memory, Contact))
		e.begin()
		e.generate(acTC|askCDA, 0x8C)
		want := byte(acTC)
		if n >= 5 {
			want = acARQC
		}
		if e.has[0x9F27][0] != want {
			t.Errorf("approval %d: CID %X", n+1, e.has[0x9F27])
		}
	}
}

func TestByteOrientedCardsAnswerByTurns(t *testing.T) {
	p, _ := personalised(t, "t0")
	c := mustCard(t, p, nil, Contact)
	whole := mustCard(t, visa(), nil, Contact)
	first := c.Process(unhex(t, "00A4040007A0000000031010"))
	if len(first) != 2 || first[0] != 0x61 {
		t.Fatalf("%X", first)
	}
	if out := c.Process([]byte{0, 0xC0, 0, 0, first[1] - 1}); !bytes.Equal(out, []byte{0x6C, first[1]}) {
		t.Errorf("%X", out)
	}
	if out := c.Process([]byte{0, 0xC0, 0, 0, first[1]}); len(out) != int(first[1])+2 {
		t.Errorf("%X", out)
	}
	if out := c.Process([]byte{0, 0xC0, 0, 0, first[1]}); !bytes.Equal(out, []byte{0x69, 0x85}) {
		t.Errorf("a second time: %X", out)
	}
	if out := c.Process(unhex(t, "80CA9F3600")); !bytes.Equal(out, []byte{0x6C, 0x05}) {
		t.Errorf("%X", out)
	}
	if out := c.Process(unhex(t, "80CA9F3605")); len(out) != 7 {
		t.Errorf("%X", out)
	}
	if c.ATR()[1]&0x80 != 0 || whole.ATR()[1]&0x80 == 0 {
		t.Error("ATRs")
	}
}
