package overseer

import (
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// health is how the member of a double stands.
func health(p client.Picture, member int) string { return p.Members[member].Health }

func TestAGroupAgreesAndAnswersInEachMode(t *testing.T) {
	for _, mode := range []door.Mode{door.ModeSingle, door.ModeDual, door.ModeQuorum} {
		w := newWorld(t, 3, mode, nil)
		w.open()
		if n, r := w.ask(200); n != 200 {
			t.Fatalf("%s: %d of 200 answered, first code %v", modeName(mode), n, r[0].Code)
		}
		p := w.until("all heard", func(p client.Picture) bool { return p.Released == 200 })
		if p.Disagreements != 0 || p.State != "serving" || p.Questions != 200 {
			t.Errorf("%s: %+v", modeName(mode), p)
		}
	}
}

func TestAnElementThatLiesIsNamedConfirmedAndLeftOut(t *testing.T) {
	for name, behave := range map[string]func(d *double){
		"in answer and testimony":     func(d *double) { d.behave.lie, d.behave.perjure = flip, flip },
		"in the answer alone":         func(d *double) { d.behave.lie = flip },
		"and will not testify":        func(d *double) { d.behave.lie, d.behave.mute = flip, true },
		"in the body under right SIV": func(d *double) { d.behave.lie = func(a *door.Answer) { a.Body = append([]byte{}, a.Body[1:]...) } },
		"about what it saw":           func(d *double) { d.behave.lie = func(a *door.Answer) { a.Seen[0] ^= 1 } },
	} {
		for _, mode := range []door.Mode{door.ModeQuorum, door.ModeDual} {
			w := newWorld(t, 3, mode, nil)
			w.open()
			first := w.epoch
			d := w.doubles[1]
			d.set(func() { behave(d) })
			w.until(name+": quarantine", func(p client.Picture) bool {
				if mode == door.ModeDual {
					w.insist(8)
				} else if n, _ := w.ask(8); n != 8 {
					w.open()
				}
				return health(p, 1) == "quarantined" && p.Epoch > first && serving(p)
			})
			w.open()
			if n, _ := w.ask(64); n != 64 {
				t.Errorf("%s: %d of 64 answered by those who remain", name, n)
			}
			if p := w.until("", serving); health(p, 0) != "healthy" || health(p, 2) != "healthy" || p.Members[1].Wrong == 0 {
				t.Errorf("%s in %s: %+v", name, modeName(mode), p)
			}
		}
	}
}

func TestASingleElementThatLiesIsFoundByAudit(t *testing.T) {
	w := newWorld(t, 3, door.ModeSingle, func(c *Config) { c.Audit = 0.5 })
	w.open()
	d := w.doubles[2]
	d.set(func() { d.behave.lie, d.behave.perjure = flip, flip })
	p := w.until("quarantine", func(p client.Picture) bool {
		if p.Epoch != w.epoch {
			w.open()
		}
		_, err := w.overseer.Ask(t.Context(), w.questions(1))
		return err == nil && health(p, 2) == "quarantined"
	})
	if p.Audited == 0 || health(p, 0) == "quarantined" || health(p, 1) == "quarantined" {
		t.Errorf("%+v", p)
	}
}

func TestTwoThatSignDifferentAnswersStop(t *testing.T) {
	w := newWorld(t, 2, door.ModeDual, nil)
	w.open()
	d := w.doubles[0]
	d.set(func() { d.behave.lie, d.behave.perjure = flip, flip })
	if n, r := w.ask(1); n != 0 || r[0].Code != door.CodeQuorum {
		t.Fatalf("released with code %v", r[0].Code)
	}
	w.until("stop", func(p client.Picture) bool { return p.State == "stopped" })
	if n, r := w.ask(1); n != 0 || r[0].Code != door.CodeUnavailable {
		t.Errorf("released by a group that stopped: %v", r[0].Code)
	}
}

func TestASlowOrSilentElementCostsNoAnswers(t *testing.T) {
	for name, behave := range map[string]func(d *double){
		"slow":   func(d *double) { d.behave.delay = 300 * time.Millisecond },
		"silent": func(d *double) { d.behave.silent = true },
	} {
		w := newWorld(t, 3, door.ModeQuorum, nil)
		w.open()
		d := w.doubles[0]
		d.set(func() { behave(d) })
		began := time.Now()
		for range 50 {
			if n, _ := w.ask(4); n != 4 {
				t.Fatalf("%s: %d of 4 answered", name, n)
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: 50 frames took %v: the third was waited for", name, took)
		}
		if p, _ := w.overseer.View(t.Context()); health(p, 0) == "quarantined" || p.Disagreements != 0 {
			t.Errorf("%s: silence was taken for a lie: %+v", name, p.Members)
		}
	}
}

func TestInDualModeTheThirdStandsInForASilentOne(t *testing.T) {
	w := newWorld(t, 3, door.ModeDual, nil)
	w.open()
	d := w.doubles[1]
	d.set(func() { d.behave.silent = true })
	for range 6 {
		if n, _ := w.ask(2); n != 2 {
			t.Fatalf("%d of 2 answered", n)
		}
	}
}

func TestAnElementThatLostItsSecretIsTakenBackByANewEpoch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, door.ModeQuorum, nil)
	w.open()
	first := w.epoch
	w.doubles[2].restart()
	w.until("new epoch", func(p client.Picture) bool {
		w.insist(1)
		return p.Epoch > first && health(p, 2) == "healthy"
	})
	w.open()
	w.insist(8)
}

func TestElementsThatLostTheirSecretTogetherAgreeAnew(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]int{"a majority": 2, "all": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 3, door.ModeQuorum, nil)
			w.open()
			first := w.epoch
			for _, d := range w.doubles[:gone] {
				d.restart()
			}
			w.until("new epoch", func(p client.Picture) bool {
				w.ask(1)
				return p.Epoch > first && serving(p) && health(p, 0) == "healthy" && health(p, 1) == "healthy" && health(p, 2) == "healthy"
			})
			w.open()
			w.insist(8)
		})
	}
}

func TestAGroupWithoutAQuorumWaitsForNoPauseBetweenEpochs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, door.ModeQuorum, nil)
	w.open()
	for range 5 { // with the pauses it would take half a minute, and until is not that patient
		before := w.epoch
		w.doubles[0].restart()
		w.doubles[1].restart()
		w.until("new epoch", func(p client.Picture) bool { w.ask(1); return p.Epoch > before && serving(p) })
		w.open()
		w.insist(1)
	}
}

func TestElementsThatLostTheirSecretBeforeThereWasASessionAgreeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, door.ModeQuorum, nil)
	w.until("an epoch", serving)
	w.doubles[1].restart()
	w.doubles[2].restart()
	w.open() // as often as that takes, and nothing is asked before
	w.insist(4)
}

func TestAnElementThatWasAbsentJoinsWhenItIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, door.ModeQuorum, nil)
	w.open()
	d := w.doubles[0]
	d.set(func() {
		d.behave.refuse = map[byte]door.Refusal{door.KindPropose: {Code: door.CodeState, Member: noOne}}
	})
	w.doubles[0].restart()
	w.until("an epoch of two", func(p client.Picture) bool { w.insist(1); return health(p, 0) == "gone" && serving(p) })
	d.set(func() { d.behave.refuse = nil })
	w.until("an epoch of three", func(p client.Picture) bool { return health(p, 0) == "healthy" && serving(p) })
}

func TestAMissedSessionIsBroughtLater(t *testing.T) {
	w := newWorld(t, 3, door.ModeQuorum, nil)
	w.open()
	d := w.doubles[0]
	d.set(func() { clear(d.sessions) })
	w.insist(1)
	w.until("the session", func(client.Picture) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.sessions[w.session]
	})
}

func TestAnAgreementThatFailsIsRepeatedWithoutWhoIsNamed(t *testing.T) {
	for kind, step := range map[byte]string{door.KindPropose: "propose", door.KindFix: "fix", door.KindDeliver: "deliver", door.KindActivate: "activate"} {
		t.Run(step, func(t *testing.T) { t.Parallel(); failsAt(t, kind, step) })
	}
}

// failsAt has the doubles 0 and 2 name the member 1 in one step.
func failsAt(t *testing.T, kind byte, step string) {
	blame := map[byte]door.Refusal{kind: {Code: door.CodeAgreement, Member: 1}}
	w := newWorld(t, 3, door.ModeQuorum, func(c *Config) {
		for _, i := range []int{0, 2} {
			d := c.Members[i].(*double)
			d.behave.refuse = blame
		}
	})
	w.until(step, func(p client.Picture) bool { return health(p, 1) == "quarantined" })
	w.until("an epoch of two", serving)
	if w.overseer.Aborts() == 0 {
		t.Errorf("%s: no abort was counted", step)
	}
	w.open()
	w.insist(4)
}

func TestAStrangerIsNotInTheGroup(t *testing.T) {
	strange := newWorld(t, 1, door.ModeSingle, nil)
	w := newWorld(t, 3, door.ModeQuorum, func(c *Config) { c.Members[1] = strange.doubles[0] })
	p := w.until("an epoch", serving)
	if health(p, 1) != "quarantined" {
		t.Errorf("%+v", p.Members)
	}
}

func TestOneElementOverTwoLinksHasOneVoice(t *testing.T) {
	w := newWorld(t, 3, door.ModeQuorum, func(c *Config) { c.Members[1] = c.Members[0] })
	w.open()
	w.insist(1)
	d, err := w.overseer.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tr, err := door.ParseTranscript(d.Transcript); err != nil || len(tr.Members) != 2 {
		t.Errorf("%d members", len(tr.Members))
	}
}

func TestWithTooFewElementsNothingIsReleased(t *testing.T) {
	w := newWorld(t, 3, door.ModeQuorum, func(c *Config) {
		for _, i := range []int{0, 2} {
			c.Members[i].(*double).behave.refuse = map[byte]door.Refusal{door.KindPropose: {Code: door.CodeState, Member: noOne}}
		}
	})
	w.until("stop", func(p client.Picture) bool { return p.State == "stopped" })
	if n, _ := w.ask(3); n != 0 {
		t.Errorf("one element of three had %d answers released", n)
	}
}

func TestRefusalsHaveABudget(t *testing.T) {
	w := newWorld(t, 3, door.ModeQuorum, nil)
	w.open()
	d := w.doubles[1]
	d.set(func() { d.behave.code = door.CodeSeal })
	for range refusalBudget/128 + 1 {
		if n, _ := w.ask(128); n != 128 {
			t.Fatal("a refusal cost an answer")
		}
	}
	p := w.until("suspicion", func(p client.Picture) bool { return health(p, 1) == "suspect" })
	if p.Disagreements != 0 {
		t.Errorf("refusals were counted as disagreements: %d", p.Disagreements)
	}
}

func TestQuestionsOfAnotherEpochGroupOrVerbAreNotAsked(t *testing.T) {
	w := newWorld(t, 3, door.ModeQuorum, nil)
	w.open()
	q := w.questions(4)
	q[0].Epoch--
	q[1].Group[0]++
	q[2].Verb = 31
	before := w.doubles[0].asked
	r, err := w.overseer.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := []door.Code{door.CodeEpoch, door.CodeEpoch, door.CodeVerb, door.CodeAnswered}
	for i := range want {
		if r[i].Code != want[i] {
			t.Errorf("question %d: %v, not %v", i, r[i].Code, want[i])
		}
	}
	w.until("the last one", func(client.Picture) bool {
		d := w.doubles[0]
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.asked == before+1
	})
}
