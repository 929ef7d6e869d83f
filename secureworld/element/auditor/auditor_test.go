package auditor

import (
	"context"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// double answers like every other, or lies. Blocks carry the PIN in their first byte
// and fill of the group in the others.
type double struct {
	Asker
	fill byte
	lies bool
	dead bool
}

func (d *double) wrong() byte {
	if d.lies {
		return 1
	}
	return 0
}

func (d *double) MACGenerate(_ context.Context, r element.MACGenerate) (m element.MAC, err error) {
	if d.dead {
		return m, element.CodeUnavailable
	}
	copy(m.MAC[:], r.Data)
	m.MAC[0] ^= d.wrong()
	return m, nil
}

func (d *double) TranslatePIN(_ context.Context, r element.TranslatePIN) (element.Translated, error) {
	t := element.Translated{Block: r.Block}
	t.Block[0] ^= d.wrong()
	t.Block[15] = d.fill
	return t, nil
}

func (d *double) PINOffset(_ context.Context, r element.PINOffset) (element.Offset, error) {
	return element.Offset{Offset: []byte{'0' + r.Block[0]%10}}, nil
}

func (d *double) VerifyPIN(_ context.Context, r element.VerifyPIN) error {
	if (r.Block[0] == 0) != d.lies {
		return element.CodePIN
	}
	return nil
}

// three groups, of which some lie, audited in full.
func three(t *testing.T, doubles ...*double) *Auditor {
	t.Helper()
	var groups []Group
	for i, d := range doubles {
		d.fill = byte(i)
		groups = append(groups, Group{string(rune('a' + i)), d})
	}
	a, err := New(Config{Share: 1, Groups: func() []Group { return groups }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return a
}

// traffic asks one group of everything, and waits for the checks.
func traffic(t *testing.T, a *Auditor, group int) {
	t.Helper()
	w := a.Watch(a.config.Groups()[group])
	if _, err := w.MACGenerate(t.Context(), element.MACGenerate{Data: []byte("12345678")}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.TranslatePIN(t.Context(), element.TranslatePIN{Block: element.PINBlock{4}, PAN: []byte("4761739001010010")}); err != nil {
		t.Fatal(err)
	}
	_ = w.VerifyPIN(t.Context(), element.VerifyPIN{Block: element.PINBlock{4}})
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit) && a.Counts().Checks < 3; {
		time.Sleep(time.Millisecond)
	}
}

func TestGroupsThatAgreeAreFoundRight(t *testing.T) {
	a := three(t, &double{}, &double{}, &double{})
	traffic(t, a, 0)
	if c := a.Counts(); len(a.Findings()) != 0 || c.Answers != 3 || c.Checks != 3 {
		t.Errorf("%+v, %v", c, a.Findings())
	}
}

func TestAGroupThatLiesAsOneIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		doubles []*double
		asked   int
		want    string
	}{
		"the one that is asked":   {[]*double{{lies: true}, {}, {}}, 0, "a"},
		"the one that checks":     {[]*double{{}, {lies: true}, {}}, 0, "b"},
		"one of two":              {[]*double{{}, {lies: true}}, 0, "a or b"},
		"with one dead beside it": {[]*double{{lies: true}, {dead: true}, {}}, 0, ""},
	} {
		a := three(t, c.doubles...)
		traffic(t, a, c.asked)
		limit := time.Now().Add(10 * time.Second)
		for len(a.Findings()) < 3 && time.Now().Before(limit) {
			time.Sleep(time.Millisecond)
		}
		found := a.Findings()
		if len(found) != 3 {
			t.Errorf("%s: %v", name, found)
		}
		for _, f := range found {
			if c.want != "" && f.Group != c.want {
				t.Errorf("%s: %s", name, f)
			}
		}
	}
}

func TestCanariesFindAGroupThatLies(t *testing.T) {
	request, err := frame.Append(nil, element.MACGenerate{Data: []byte("12345678")})
	if err != nil {
		t.Fatal(err)
	}
	pin, err := frame.Append(nil, element.TranslatePIN{Block: element.PINBlock{4}, PAN: []byte("4761739001010010")})
	if err != nil {
		t.Fatal(err)
	}
	file := `[{"name":"mac","kind":4,"request":"` + hex.EncodeToString(request) + `","want":"84` + hex.EncodeToString([]byte("12345678")) + `"},
		{"name":"pin","kind":5,"request":"` + hex.EncodeToString(pin) + `","want":"88000134"}]`
	canaries, err := ParseCanaries([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		doubles []*double
		wrong   int
	}{
		"none lies": {[]*double{{}, {}}, 0},
		"one lies":  {[]*double{{}, {lies: true}}, 2},
		"alone":     {[]*double{{lies: true}}, 2},
		"dead":      {[]*double{{dead: true}}, 0},
	} {
		a := three(t, c.doubles...)
		a.config.Canaries = canaries
		if wrong := a.AskCanaries(t.Context()); wrong != c.wrong || len(a.Findings()) != c.wrong {
			t.Errorf("%s: %d wrong: %v", name, wrong, a.Findings())
		}
		for _, f := range a.Findings() {
			ambiguous := f.Kind == element.KindTranslatePIN && len(c.doubles) == 2
			if !strings.Contains(f.Against, "canary") || f.Named == ambiguous {
				t.Errorf("%s: %s", name, f)
			}
		}
	}
}

func TestFilesOfCanariesHaveAForm(t *testing.T) {
	for _, s := range []string{"", "[]", `[{"kind":4,"request":"0","want":"84"}]`, `[{"kind":4,"request":"00","want":""}]`, "[" + strings.Repeat("{},", maxCanaries) + "{}]"} {
		if _, err := ParseCanaries([]byte(s)); err == nil {
			t.Errorf("%.20s… was read", s)
		}
	}
}

func TestExposureIsWhatTheShareLeaves(t *testing.T) {
	for _, c := range []struct {
		share, probability float64
		want               int
	}{
		{0.01, 0.90, 230}, {0.01, 0.95, 299}, {0.01, 0.99, 459},
		{0.05, 0.90, 45}, {0.05, 0.95, 59}, {0.05, 0.99, 90},
		{1, 0.99, 1}, {0, 0.9, math.MaxInt},
	} {
		if got := Exposure(c.share, c.probability); got != c.want {
			t.Errorf("share %v, probability %v: %d, not %d", c.share, c.probability, got, c.want)
		}
	}
}

func TestWhatIsLeftUnseenIsToldWithTheFinding(t *testing.T) {
	if got := Unseen(0.05, 59); got > 0.05 || got < 0.04 {
		t.Errorf("59 wrong answers at a share of 5 %%: %v", got)
	}
	f := Finding{Group: "a", Against: "b and c", Kind: 5, After: 59, Share: 0.05}
	if got := f.String(); !strings.Contains(got, "59 answers") || !strings.Contains(got, "0.048") {
		t.Error(got)
	}
	if got := (Finding{Group: "a", Against: "canary x"}).String(); strings.Contains(got, "probability") {
		t.Error(got)
	}
}

func TestAGroupThatComesIsAuditedAndOneThatIsGoneIsNot(t *testing.T) {
	groups := []Group{{"a", &double{lies: true}}}
	a, err := New(Config{Share: 1, Groups: func() []Group { return groups }})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		if _, err := a.Watch(Group{"a", &double{lies: true}}).MACGenerate(t.Context(), element.MACGenerate{Data: []byte("12345678")}); err != nil {
			t.Fatal(err)
		}
		c := <-a.queue
		a.cross(t.Context(), &c)
	}
	ask()
	if len(a.Findings()) != 0 {
		t.Errorf("alone: %v", a.Findings())
	}
	groups = []Group{{"b", &double{}}, {"c", &double{}}} // a is asked no more, and still checked for what it said
	ask()
	if f := a.Findings(); len(f) != 1 || f[0].Group != "a" || !f[0].Named || f[0].After != 2 {
		t.Errorf("%v", f)
	}
}
