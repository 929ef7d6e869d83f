package overseer

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// cheap is a group of three in mode quorum of whom one answers MACs alone.
func cheap(t *testing.T, audit float64) *world {
	t.Helper()
	w := newWorld(t, 3, door.ModeQuorum, func(c *Config) { c.Policy, c.Audit = door.PolicyCheap, audit })
	w.open()
	return w
}

func (w *world) frames() (n int) {
	for _, d := range w.doubles {
		d.set(func() { n += d.asked })
	}
	return n
}

func TestOneMemberAnswersAVerbAloneAndAllAnswerTheOthers(t *testing.T) {
	w := cheap(t, 0)
	for name, c := range map[string]struct {
		verbs []element.Kind
		asked int
		votes []int
	}{
		"MACs":         {[]element.Kind{element.KindMACGenerate, element.KindMACGenerate}, 2, []int{1, 1}},
		"PINs":         {[]element.Kind{element.KindTranslatePIN, element.KindVerifyPIN}, 6, []int{2, 2}},
		"both at once": {[]element.Kind{element.KindVerifyARQC, element.KindPANReference, element.KindVerifyPIN}, 7, []int{2, 1, 2}},
	} {
		before := w.frames()
		q := w.questions(len(c.verbs))
		for i := range q {
			q[i].Verb = c.verbs[i]
		}
		r, err := w.overseer.Ask(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r {
			right := truth(&q[i])
			if r[i].Code != door.CodeAnswered || r[i].SIV != right.SIV || len(r[i].Votes) < c.votes[i] || len(r[i].Votes) == 1 && c.votes[i] == 2 {
				t.Errorf("%s: answer %d: %v with %d votes", name, i, r[i].Code, len(r[i].Votes))
			}
		}
		w.until(name+": the third", func(client.Picture) bool { return w.frames() >= before+c.asked })
		if n := w.frames() - before; n != c.asked {
			t.Errorf("%s: %d asked, not %d", name, n, c.asked)
		}
	}
}

func TestALiarThatAnswersAloneIsFoundByTheAuditAndItsExposureIsTold(t *testing.T) {
	w := cheap(t, 0.2)
	d := w.doubles[1]
	d.set(func() { d.behave.lie, d.behave.perjure = flip, flip })
	wrong := 0
	p := w.until("quarantine", func(p client.Picture) bool {
		q := w.questions(1)
		r, err := w.overseer.Ask(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if right := truth(&q[0]); r[0].Code == door.CodeAnswered && r[0].SIV != right.SIV {
			wrong++
		}
		if r[0].Code == door.CodeEpoch {
			w.open()
		}
		return health(p, 1) == "quarantined" && serving(p) && p.Epoch > w.epoch
	})
	if p.Audited == 0 || health(p, 0) == "quarantined" || health(p, 2) == "quarantined" {
		t.Errorf("%+v", p)
	}
	told := false
	for _, f := range p.Findings {
		told = told || strings.Contains(f, "on its word alone")
	}
	if wrong > 0 && !told {
		t.Errorf("%d wrong answers, and nothing of that: %q", wrong, p.Findings)
	}
	w.open()
	w.insist(8)
}

func TestAPictureCountsQuestionsByVerb(t *testing.T) {
	w := cheap(t, 0)
	w.insist(3) // MACs
	p, _ := w.overseer.View(t.Context())
	if len(p.Verbs) != 1 || p.Verbs["04"] != 3 {
		t.Errorf("%v", p.Verbs)
	}
}

func TestALiarDoesNotGetWhatAllAreAsked(t *testing.T) {
	w := cheap(t, 0)
	d := w.doubles[1]
	d.set(func() { d.behave.lie, d.behave.perjure = flip, flip })
	for range 40 {
		q := w.questions(1)
		q[0].Verb = element.KindTranslatePIN
		r, err := w.overseer.Ask(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if right := truth(&q[0]); r[0].Code == door.CodeAnswered && r[0].SIV != right.SIV {
			t.Fatal("a wrong answer was released")
		}
	}
	w.until("quarantine", func(p client.Picture) bool { return health(p, 1) == "quarantined" })
}
