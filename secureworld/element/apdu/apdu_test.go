package apdu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

const allVerbs = 1<<(element.KindOpenAccountUnder+1) - 2

// double answers with what it was asked, or as a test wants.
type double struct {
	element.Operations // nil: what is not below must not be called
	err                error
	asked              []any
	loaded             []element.KeyEntry
}

func (d *double) note(r any) error {
	d.asked = append(d.asked, r)
	return d.err
}

func (d *double) Status(r element.Status) (element.Health, error) {
	return element.Health{Ready: true, Keys: 3}, d.note(r)
}

func (d *double) OpenAccount(r element.OpenAccount) (element.Account, error) {
	return element.Account{Data: r.Sealed}, d.note(r)
}

func (d *double) MACVerify(r element.MACVerify) (element.Verified, error) {
	r.Data = append([]byte{}, r.Data...) // the question's own memory is wiped
	return element.Verified{}, d.note(r)
}

func (d *double) MACGenerate(r element.MACGenerate) (m element.MAC, err error) {
	copy(m.MAC[:], r.Data)
	return m, d.note(r)
}

func (d *double) TranslatePIN(r element.TranslatePIN, c *element.Chance) (t element.Translated, err error) {
	copy(t.Block[:], c[16:])
	return t, d.note(r)
}

func (d *double) load(e element.KeyEntry) error {
	d.loaded = append(d.loaded, e)
	return d.err
}

// links are the two ways to a card: T=1, and T=0 whose readers strip Le from a
// command that brings data.
func links() map[string]func(*Applet) Transmit {
	return map[string]func(*Applet) Transmit{
		"T=1": func(a *Applet) Transmit { return func(q []byte) ([]byte, error) { return a.Process(q), nil } },
		"T=0": func(a *Applet) Transmit {
			return func(q []byte) ([]byte, error) {
				if c, err := ParseCommand(q); err == nil && len(c.Data) > 0 {
					c.Le = NoLe
					q = c.Append(nil)
				}
				return a.Process(q), nil
			}
		},
	}
}

func filled(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

func TestQuestionsOfEveryLengthCross(t *testing.T) {
	for name, link := range links() {
		d := &double{}
		c := NewClient(link(NewApplet(d, allVerbs, d.load)))
		for _, n := range []int{0, 1, 240, 241, 242, 255, 256, 495, 496, 497, 4095, element.MaxData} {
			want := element.MACVerify{KSN: element.KSN{1, 2}, Data: filled(n), MAC: [8]byte{9}}
			if _, err := c.MACVerify(want); err != nil {
				t.Fatalf("%s, %d bytes: %v", name, n, err)
			}
			if got := d.asked[len(d.asked)-1]; !reflect.DeepEqual(got, want) {
				t.Fatalf("%s, %d bytes came as something else", name, n)
			}
		}
		for _, n := range []int{0, 1, element.MaxSealed} {
			if a, err := c.OpenAccount(element.OpenAccount{Sealed: filled(n)}); err != nil || !bytes.Equal(a.Data, filled(n)) {
				t.Errorf("%s, an account of %d bytes: %v", name, n, err)
			}
		}
		if h, err := c.Status(element.Status{}); err != nil || h.Keys != 3 {
			t.Errorf("%s: %v", name, err)
		}
		chance := element.Chance{16: 7, 31: 8}
		if b, err := c.TranslatePIN(element.TranslatePIN{PAN: []byte("4761739001010010")}, &chance); err != nil || b.Block != ([16]byte{0: 7, 15: 8}) {
			t.Errorf("%s: the chance did not arrive: %v", name, err)
		}
		if _, err := c.MACVerify(element.MACVerify{Data: filled(element.MaxData + 1)}); !errors.Is(err, element.CodeMalformed) {
			t.Errorf("%s, too long: %v", name, err)
		}
	}
}

func TestEveryRefusalArrivesAsItself(t *testing.T) {
	d := &double{}
	a := NewApplet(d, allVerbs, d.load)
	c := NewClient(links()["T=1"](a))
	for code := element.CodeMalformed; code < element.CodeUnavailable; code++ {
		d.err = code
		if _, err := c.MACGenerate(element.MACGenerate{}); !errors.Is(err, code) {
			t.Errorf("%v arrived as %v", code, err)
		}
		if err := c.Load(element.KeyEntry{Slot: "x"}); !errors.Is(err, code) {
			t.Errorf("%v arrived as %v", code, err)
		}
	}
	d.err = errors.New("of the card's own")
	if err := c.Load(element.KeyEntry{}); !errors.Is(err, element.CodeInternal) {
		t.Error(err)
	}
	d.err, a.verbs = nil, 1<<element.KindStatus
	if _, err := c.MACGenerate(element.MACGenerate{}); !errors.Is(err, element.CodeKey) {
		t.Errorf("a verb that is not offered: %v", err)
	}
}

func TestKeysAreSentAsTheyAreInTheFile(t *testing.T) {
	d := &double{}
	want := element.KeyEntry{Slot: element.SlotPANReference, BDKID: "11112222", Block: string(bytes.Repeat([]byte("D"), 144))}
	if err := NewClient(links()["T=0"](NewApplet(d, allVerbs, d.load))).Load(want); err != nil || len(d.loaded) != 1 || d.loaded[0] != want {
		t.Errorf("%v %v", d.loaded, err)
	}
}

func TestAResetIsOvercomeOnceAndASilentCardIsUnavailable(t *testing.T) {
	d := &double{}
	a := NewApplet(d, allVerbs, d.load)
	var fail int
	c := NewClient(func(q []byte) ([]byte, error) {
		if fail > 0 {
			fail--
			return nil, errors.New("pulled")
		}
		return a.Process(q), nil
	})
	question := element.MACGenerate{Data: filled(600)}
	for _, wound := range []func(){func() {}, a.Reset, func() { fail = 1 }, func() { a.Process([]byte{0, 0xA4, 4, 0, 2, 0xA0, 0}) }} {
		wound()
		if _, err := c.MACGenerate(question); err != nil {
			t.Error(err)
		}
	}
	fail = attempts
	if _, err := c.MACGenerate(question); !errors.Is(err, element.CodeUnavailable) {
		t.Error(err)
	}
	short := NewClient(func([]byte) ([]byte, error) { return []byte{0x90}, nil })
	if _, err := short.Status(element.Status{}); !errors.Is(err, element.CodeUnavailable) {
		t.Error(err)
	}
	endless := NewClient(func([]byte) ([]byte, error) { return []byte{0x61, 0x01}, nil })
	if _, err := endless.Select(); err == nil {
		t.Error("61xx without an end")
	}
}

func TestQuestionsOfSeveralGoroutinesTakeTurns(t *testing.T) {
	d := &double{}
	c := NewClient(links()["T=1"](NewApplet(d, allVerbs, d.load)))
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for range 20 {
				q := bytes.Repeat([]byte{byte(i)}, 700)
				if m, err := c.MACGenerate(element.MACGenerate{Data: q}); err != nil || m.MAC[0] != byte(i) {
					t.Errorf("%v %v", m, err)
				}
			}
		})
	}
	wait.Wait()
}

// Scripts of commands on one card, in hexadecimal, with what is answered.
func TestCommandsThatDoNotFitAreRefused(t *testing.T) {
	full := "FF" + hex.EncodeToString(make([]byte, 255))
	sel := []string{"00A404000CF05354524F4E47524F4F4D0100", "00010001FFFE9000"}
	for name, script := range map[string][]string{
		"not selected":         {"8001800000", "6985", "00C0000000", "6985"},
		"another applet":       append(sel[:2:2], "00A4040002A00000", "6A82", "8001800000", "6985"),
		"selection by file":    {"00A40000023F0000", "6A86"},
		"another class":        append(sel[:2:2], "9001800000", "6E00"),
		"another verb":         append(sel[:2:2], "8011800000", "6D00", "8000800000", "6D00", "80FF800000", "6D00"),
		"status":               append(sel[:2:2], "8001800000", "0100039000"),
		"announced":            append(sel[:2:2], "80018000", "6103", "00C0000001", "6C03", "00C0000003", "0100039000", "00C0000003", "6985"),
		"announced and lost":   append(sel[:2:2], "80018000", "6103", "8001800000", "0100039000", "00C0000003", "6985"),
		"announced, other P1":  append(sel[:2:2], "80018000", "6103", "00C0010003", "6A86"),
		"another Le":           append(sel[:2:2], "8001800003", "6700"),
		"another P1":           append(sel[:2:2], "8001010000", "6A86", "8001000000", "6700"),
		"begun in the middle":  append(sel[:2:2], "8001800100", "6985"),
		"malformed":            append(sel[:2:2], "80018000010000", "6A80", "8005800000", "6A80", "80D8800000", "6A80"),
		"extended length":      append(sel[:2:2], "80018000000000", "6700"),
		"a short part":         append(sel[:2:2], "8003000001AA", "6700"),
		"a part with Le":       append(sel[:2:2], "80030000"+full+"00", "6700"),
		"an empty last part":   append(sel[:2:2], "80030000"+full, "9000", "8003800100", "6700"),
		"a part twice":         append(sel[:2:2], "80030000"+full, "9000", "80030001"+full, "9000", "80030001"+full, "6985", "80030002"+full, "6985"),
		"another verb's part":  append(sel[:2:2], "80030000"+full, "9000", "8004800101AA00", "6985"),
		"a part, then a reset": append(sel[:2:2], append([]string{"80030000" + full, "9000"}, append(sel[:2:2], "8003800101AA00", "6985")...)...),
		"no command":           {"", "6700", "00A404", "6700"},
	} {
		d := &double{}
		a := NewApplet(d, allVerbs, d.load)
		for i := 0; i < len(script); i += 2 {
			q, err := hex.DecodeString(script[i])
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Process(q); !bytes.Equal(got, mustHex(t, script[i+1])) {
				t.Errorf("%s: command %d was answered %X, not %s", name, i/2+1, got, script[i+1])
			}
		}
	}
}

func mustHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABodyEndsAtItsLimit(t *testing.T) {
	d := &double{}
	a := NewApplet(d, allVerbs, d.load)
	c := NewClient(links()["T=1"](a))
	if _, err := c.Select(); err != nil {
		t.Fatal(err)
	}
	q := Command{CLA: claElement, INS: element.KindMACVerify, Data: make([]byte, maxPart)}
	for n := range MaxBody/maxPart + 1 {
		q.P2 = byte(n)
		want := WordDone
		if (n+1)*maxPart > MaxBody {
			want = WordLength
		}
		if got := a.Process(q.Append(nil)); !bytes.Equal(got, want.append(nil)) {
			t.Fatalf("part %d was answered %X", n, got)
		}
	}
}

func TestALongAnswerIsAnnouncedInPieces(t *testing.T) {
	for _, n := range []int{256, 257, 511, 512, 513, 4000} {
		a := NewApplet(&double{}, allVerbs, nil)
		first := true
		c := NewClient(func(q []byte) ([]byte, error) {
			if first {
				first = false
				return a.deliver(filled(n), AnyLe), nil
			}
			return a.Process(q), nil
		})
		out, err := c.exchange(Command{CLA: claElement, INS: element.KindStatus, P1: partLast, Le: AnyLe})
		if err != nil || !bytes.Equal(out, filled(n)) {
			t.Errorf("%d bytes: %d arrived, %v", n, len(out), err)
		}
	}
}

func TestWhatWasAskedIsWiped(t *testing.T) {
	d := &double{}
	a := NewApplet(d, allVerbs, d.load)
	c := NewClient(links()["T=1"](a))
	if _, err := c.MACGenerate(element.MACGenerate{Data: bytes.Repeat([]byte{0xA5}, 700)}); err != nil {
		t.Fatal(err)
	}
	if bytes.IndexByte(a.question.room[:cap(a.question.room)], 0xA5) >= 0 {
		t.Error("the card still has the question")
	}
}

func FuzzCanonicalCommand(f *testing.F) {
	for _, c := range []Command{{}, {Le: AnyLe}, {Data: []byte{1}}, {Data: filled(255), Le: 1}} {
		f.Add(c.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCommand(b)
		if err == nil && !bytes.Equal(c.Append(nil), b) {
			t.Fatalf("%X has another encoding", b)
		}
	})
}

func FuzzApplet(f *testing.F) {
	f.Add([]byte{0, 0xA4, 4, 0}, []byte{0x80, 1, 0x80, 0, 0})
	f.Add([]byte{0x80, 3, 0, 0}, []byte{0x80, 0xD8, 0x80, 0, 1, 2, 0})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		d := &double{}
		a := NewApplet(d, 0x3E, d.load)
		if _, err := NewClient(links()["T=1"](a)).Select(); err != nil {
			t.Fatal(err)
		}
		for _, q := range [][]byte{one, two, one, two} {
			out := a.Process(q)
			if n := len(out); n < 2 || n > maxShort+2 || out[n-2]>>4 != 6 && out[n-2]>>4 != 9 {
				t.Fatalf("%X was answered %X", q, out)
			}
		}
	})
}

// A card may answer anything: the client ends, with an answer or a Code.
func FuzzClient(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 0x3E, 0x90, 0}, []byte{1, 0, 3, 0x90, 0})
	f.Add([]byte{0, 1, 0, 0, 0, 0x3E, 0x90, 0}, []byte{0x61, 3})
	f.Add([]byte{0x6C, 1}, []byte{})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		turn := 0
		c := NewClient(func([]byte) ([]byte, error) {
			turn++
			return bytes.Clone([][]byte{one, two}[turn%2]), nil
		})
		_, err := c.Status(element.Status{})
		var code element.Code
		if err != nil && !errors.As(err, &code) {
			t.Fatal(err)
		}
	})
}
