package pool_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

func (e *estate) pool(c pool.Config, relays ...*relay) *pool.Client {
	e.tb.Helper()
	c.Identity = e.client
	if c.Groups == nil {
		c.Groups = func() (list []pool.Carrier) {
			for _, r := range relays {
				list = append(list, r)
			}
			return list
		}
	}
	p, err := pool.NewClient(c)
	e.must(err)
	e.tb.Cleanup(p.Close)
	return p
}

// reference asks for the reference of a PAN, which the tests' elements show.
func reference(ctx context.Context, p *pool.Client, n int) error {
	pan := fmt.Sprintf("476173%09d", n)
	got, err := p.PANReference(ctx, element.PANReference{PAN: []byte(pan)})
	if err == nil && string(got.Reference[:15]) != pan {
		return errors.New("a wrong answer")
	}
	return err
}

func TestAClientOfGroupsHasTheMethodsOfAClientOfOneElement(t *testing.T) {
	one, many := reflect.TypeFor[*element.Client](), reflect.TypeFor[*pool.Client]()
	for i := range one.NumMethod() {
		want := one.Method(i)
		got, ok := many.MethodByName(want.Name)
		if !ok || got.Type.NumIn() != want.Type.NumIn() || got.Type.NumOut() != want.Type.NumOut() {
			t.Errorf("%s is missing", want.Name)
			continue
		}
		for j := 1; j < want.Type.NumIn(); j++ {
			if got.Type.In(j) != want.Type.In(j) {
				t.Errorf("%s takes something else", want.Name)
			}
		}
	}
}

func TestAnswersAndRefusalsComeAsFromOneElement(t *testing.T) {
	e := newEstate(t)
	p := e.pool(pool.Config{}, e.group("g1"))
	if h, err := p.Status(t.Context()); err != nil || h != (element.Health{Ready: true, Keys: 7}) {
		t.Errorf("%+v, %v", h, err)
	}
	if err := reference(t.Context(), p, 1); err != nil {
		t.Error(err)
	}
	if _, err := p.PANReference(t.Context(), element.PANReference{}); !errors.Is(err, element.CodeKey) {
		t.Errorf("a refusal of the elements: %v", err)
	}
	if err := p.MACVerify(t.Context(), element.MACVerify{Data: make([]byte, 4096)}); err != nil {
		t.Errorf("the longest message: %v", err)
	}
	if _, err := p.PANReference(t.Context(), element.PANReference{PAN: make([]byte, 20)}); !errors.Is(err, element.CodeMalformed) {
		t.Errorf("what has no encoding: %v", err)
	}
	if _, err := p.ScriptMAC(t.Context(), element.ScriptMAC{}); !errors.Is(err, element.CodeMalformed) {
		t.Errorf("a verb that no group offers: %v", err)
	}
	g := p.Groups()
	if len(g) != 1 || g[0].Name != "g1" || g[0].Votes != 2 || len(g[0].Members) != 3 || fmt.Sprint(g[0].Makes) != "[stdlib gcrypt nettle]" {
		t.Errorf("%+v", g)
	}
	if f := p.Findings(); len(f) != 0 {
		t.Errorf("an honest group: %+v", f)
	}
}

func TestABatchIsAskedInFullFramesAndEachQuestionHasItsAnswer(t *testing.T) {
	e := newEstate(t)
	r := e.group("g1")
	p := e.pool(pool.Config{}, r)
	requests := make([]element.TranslatePIN, 150)
	for i := range requests {
		requests[i].PAN, requests[i].Block[3] = []byte("4761739001010010"), byte(i+1)
	}
	requests[70].PAN = make([]byte, 20)
	answers, errs := p.TranslatePINs(t.Context(), requests)
	for i := range requests {
		if i == 70 {
			if !errors.Is(errs[i], element.CodeMalformed) {
				t.Errorf("what has no encoding: %v", errs[i])
			}
			continue
		}
		one, err := p.TranslatePIN(t.Context(), requests[i])
		if err != nil || errs[i] != nil || answers[i] != one || answers[i].Block != requests[i].Block {
			t.Fatalf("%d: %v, %v", i, errs[i], err)
		}
	}
	if r.asked != 298 || r.frames != 2+149 {
		t.Errorf("%d questions in %d frames", r.asked, r.frames)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, errs := p.TranslatePINs(ctx, requests[:2]); !errors.Is(errs[0], element.CodeUnavailable) || !errors.Is(errs[1], element.CodeUnavailable) {
		t.Errorf("nobody waits: %v", errs)
	}
}

func TestManyCallersShareFramesAndEachHasItsAnswer(t *testing.T) {
	e := newEstate(t)
	r := e.group("g1")
	p := e.pool(pool.Config{Frames: 2, Tick: time.Millisecond}, r)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for j := range 20 {
				if err := reference(t.Context(), p, 1000*i+j); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if r.frames >= r.asked || r.opens != 1 {
		t.Errorf("%d questions in %d frames, %d sessions", r.asked, r.frames, r.opens)
	}
	if c := p.Counts(); c.Asked != 640 || c.Retried != 0 {
		t.Errorf("%+v", c)
	}
}

func TestWhatIsUnderWayIsBounded(t *testing.T) {
	e := newEstate(t)
	r := e.group("g1")
	r.gate = make(chan struct{})
	p := e.pool(pool.Config{Frames: 1}, r)
	var done atomic.Int32
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() { _ = reference(ctx, p, 0) })
	for r.count() == 0 {
		time.Sleep(time.Millisecond)
	}
	for i := range 100 {
		wg.Go(func() {
			if errors.Is(reference(ctx, p, i), element.CodeUnavailable) {
				done.Add(1)
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	if n := r.count(); n != 1 {
		t.Errorf("%d questions under way", n)
	}
	cancel()
	wg.Wait()
	if done.Load() != 100 {
		t.Errorf("%d gave up", done.Load())
	}
	close(r.gate)
}

func (r *relay) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// named counts the findings of one code.
func named(p *pool.Client, code door.Code) (n uint64, members []string) {
	for _, f := range p.Findings() {
		if f.Code == code {
			n += f.Count
			members = append(members, f.Make)
		}
	}
	return n, members
}

func TestATraitorIsFoundOutAndASiblingAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		treason func(*relay)
		code    door.Code
		who     string // a member's make, empty for the MCU
		answers bool   // the traitor's release is right, and taken
	}{
		"shows one member an altered question": {func(r *relay) {
			r.show = func(m int, q *door.Question) {
				if m == 1 {
					q.Sealed[20] ^= 1
				}
			}
		}, door.CodeSeal, "gcrypt", true},
		"shows all members an altered question": {func(r *relay) {
			r.show = func(_ int, q *door.Question) { q.Sealed[20] ^= 1 }
		}, door.CodeSeal, "stdlib", false},
		"swaps two answers": {func(r *relay) {
			var kept *overseer.Release
			r.release = func(_ []door.Question, all []overseer.Release) {
				mine := all[0]
				if kept != nil {
					all[0].SIV, all[0].Body = kept.SIV, kept.Body
				}
				kept = &mine
			}
		}, door.CodeQuorum, "", false},
		"swaps two answers and claims agreement": {func(r *relay) {
			var kept *overseer.Release
			r.release = func(_ []door.Question, all []overseer.Release) {
				mine := all[0]
				mine.Votes = append([]overseer.Vote(nil), all[0].Votes...)
				if kept != nil {
					all[0].SIV, all[0].Body = kept.SIV, kept.Body
					for i := range all[0].Votes {
						all[0].Votes[i].SIV = kept.SIV
					}
				}
				kept = &mine
			}
		}, door.CodeAgreement, "stdlib", false},
		"replays an old answer with its votes": {func(r *relay) {
			var kept *overseer.Release
			r.release = func(_ []door.Question, all []overseer.Release) {
				if kept == nil {
					mine := all[0]
					kept = &mine
					return
				}
				all[0] = *kept
			}
		}, door.CodeAgreement, "gcrypt", false},
		"alters what is released": {func(r *relay) {
			r.release = func(_ []door.Question, all []overseer.Release) { all[0].Body[0] ^= 1 }
		}, door.CodeSeal, "", false},
		"forges two votes of three": {func(r *relay) {
			r.release = func(_ []door.Question, all []overseer.Release) {
				all[0].Votes[1].Vote[0] ^= 1
				all[0].Votes[2].Vote[0] ^= 1
			}
		}, door.CodeAgreement, "nettle", false},
		"shows one member's vote three times": {func(r *relay) {
			r.release = func(_ []door.Question, all []overseer.Release) {
				v := all[0].Votes[0]
				all[0].Votes = []overseer.Vote{v, v, v}
			}
		}, door.CodeQuorum, "", false},
		"keeps the votes to itself": {func(r *relay) {
			r.release = func(_ []door.Question, all []overseer.Release) { all[0].Votes = nil }
		}, door.CodeQuorum, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEstate(t)
			traitor, honest := e.group("bad"), e.group("good")
			test.treason(traitor)
			p := e.pool(pool.Config{Frames: 1}, traitor, honest)
			for i := range 20 {
				if err := reference(t.Context(), p, i); err != nil {
					t.Fatal(err)
				}
				p.Cool()
			}
			n, members := named(p, test.code)
			found := false
			for _, m := range members {
				found = found || m == test.who
			}
			if n == 0 || !found {
				t.Errorf("found out as %+v", p.Findings())
			}
			for _, f := range p.Findings() {
				if f.Group != "bad" {
					t.Errorf("blamed: %+v", f)
				}
			}
			if retried := p.Counts().Retried > 0; retried == test.answers {
				t.Errorf("%+v", p.Counts())
			}
		})
	}
}

func TestAMemberThatAnswersWronglyIsNamedAndTheOthersAreTaken(t *testing.T) {
	e := newEstate(t)
	r := e.relay("g1", e.member("stdlib", verbs, operations{wrong: true}), e.member("gcrypt", verbs, operations{}), e.member("nettle", verbs, operations{}))
	p := e.pool(pool.Config{}, r)
	if err := reference(t.Context(), p, 1); err != nil {
		t.Fatal(err)
	}
	f := p.Findings()
	if len(f) != 1 || f[0].Code != door.CodeQuorum || f[0].Make != "stdlib" || f[0].Member == "" || f[0].Count != 1 {
		t.Errorf("%+v", f)
	}
}

func TestNothingIsLostWhileGroupsFailInTurn(t *testing.T) {
	e := newEstate(t)
	a, b := e.group("a"), e.group("b")
	var calls atomic.Uint64
	for i, r := range []*relay{a, b} {
		r.fail = func() error {
			n := calls.Add(1)
			switch {
			case n%3 == 0:
				return []error{door.CodeUnavailable, door.CodeQuorum, errors.New("a broken pipe")}[n/3%3]
			case n%17 == uint64(i):
				return door.CodeSession
			}
			return nil
		}
	}
	p := e.pool(pool.Config{}, a, b)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				if err := reference(t.Context(), p, 100*i+j); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if p.Counts().Retried == 0 || len(p.Findings()) != 0 {
		t.Errorf("%+v, %+v", p.Counts(), p.Findings())
	}
}

func TestADroppedFrameIsAskedElsewhere(t *testing.T) {
	e := newEstate(t)
	deaf, other := e.group("a"), e.group("b")
	deaf.gate = make(chan struct{})
	p := e.pool(pool.Config{Patience: 20 * time.Millisecond}, deaf, other)
	for i := range 3 {
		if err := reference(t.Context(), p, i); err != nil {
			t.Error(err)
		}
	}
	if deaf.count() == 0 && p.Counts().Retried != 0 {
		t.Error("retried without having been dropped")
	}
}

func TestWhereNoGroupAnswersTheCallerHearsSo(t *testing.T) {
	e := newEstate(t)
	gone := e.group("a")
	gone.fail = func() error { return door.CodeUnavailable }
	p := e.pool(pool.Config{GiveUp: 50 * time.Millisecond}, gone)
	if err := reference(t.Context(), p, 1); !errors.Is(err, element.CodeUnavailable) {
		t.Error(err)
	}
	none := e.pool(pool.Config{GiveUp: 50 * time.Millisecond})
	if err := reference(t.Context(), none, 1); !errors.Is(err, element.CodeUnavailable) {
		t.Error(err)
	}
	none.Close()
	if err := reference(t.Context(), none, 1); !errors.Is(err, element.CodeUnavailable) {
		t.Error(err)
	}
}

func TestANewEpochIsTakenUpWithoutALostQuestion(t *testing.T) {
	e := newEstate(t)
	r := e.group("g1")
	p := e.pool(pool.Config{}, r)
	for epoch := uint32(1); epoch < 4; epoch++ {
		if err := reference(t.Context(), p, int(epoch)); err != nil {
			t.Fatal(err)
		}
		r.agree()
		r.retire(epoch)
	}
	if err := reference(t.Context(), p, 9); err != nil {
		t.Fatal(err)
	}
	if g := p.Groups(); g[0].Epoch != 4 || len(p.Findings()) != 0 {
		t.Errorf("%+v, %+v", g, p.Findings())
	}
}

func TestAnEpochThatIsOverIsNotTakenUpAgain(t *testing.T) {
	e := newEstate(t)
	r := e.group("g1")
	old, err := r.Describe(t.Context())
	e.must(err)
	r.agree()
	p := e.pool(pool.Config{GiveUp: 50 * time.Millisecond}, r)
	if err := reference(t.Context(), p, 1); err != nil {
		t.Fatal(err)
	}
	r.describe = func(d *overseer.Description) { *d = old }
	r.release = func(_ []door.Question, all []overseer.Release) { all[0] = overseer.Release{Code: door.CodeEpoch} }
	if err := reference(t.Context(), p, 1); !errors.Is(err, element.CodeUnavailable) {
		t.Error(err)
	}
	if n, _ := named(p, door.CodeEpoch); n == 0 {
		t.Errorf("%+v", p.Findings())
	}
}

func TestAGroupThatItsMembersDidNotSignSoIsNotAsked(t *testing.T) {
	strangers := newEstate(t)
	theirs, err := strangers.group("g1").Describe(t.Context())
	strangers.must(err)
	for name, test := range map[string]struct {
		change func(*overseer.Description)
		code   door.Code
	}{
		"the policy":       {func(d *overseer.Description) { d.Transcript[13] ^= 1 }, door.CodeAgreement},
		"a MAC":            {func(d *overseer.Description) { d.Confirmations[door.ConfirmationSize] ^= 1 }, door.CodeAgreement},
		"a key":            {func(d *overseer.Description) { d.Confirmations[door.ConfirmationSize+32] ^= 1 }, door.CodeAgreement},
		"all keys":         {func(d *overseer.Description) { swapKeys(d.Confirmations) }, door.CodeAgreement},
		"a signature":      {func(d *overseer.Description) { d.Confirmations[door.ConfirmationSize+64] ^= 1 }, door.CodeAgreement},
		"one too few":      {func(d *overseer.Description) { d.Confirmations = d.Confirmations[door.ConfirmationSize:] }, door.CodeMalformed},
		"no transcript":    {func(d *overseer.Description) { d.Transcript = nil }, door.CodeMalformed},
		"strangers, whole": {func(d *overseer.Description) { *d = theirs }, door.CodeCertificate},
	} {
		e := newEstate(t)
		r := e.group("g1")
		r.describe = test.change
		p := e.pool(pool.Config{GiveUp: 20 * time.Millisecond}, r)
		if err := reference(t.Context(), p, 1); !errors.Is(err, element.CodeUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if n, _ := named(p, test.code); n == 0 || r.count() != 0 || r.opens != 0 {
			t.Errorf("%s: %+v", name, p.Findings())
		}
	}
}

func swapKeys(confirmations []byte) {
	for i := range len(confirmations) / door.ConfirmationSize {
		copy(confirmations[i*door.ConfirmationSize+32:][:32], make([]byte, 32))
	}
}

func TestAClientMayWantMoreThanAGroupHas(t *testing.T) {
	e := newEstate(t)
	alike := e.relay("alike", e.member("stdlib", verbs, operations{}), e.member("stdlib", verbs, operations{}), e.member("stdlib", verbs, operations{}))
	for name, c := range map[string]pool.Config{"votes": {Votes: 4}, "makes": {Makes: 2}} {
		c.GiveUp = 20 * time.Millisecond
		p := e.pool(c, alike)
		if err := reference(t.Context(), p, 1); !errors.Is(err, element.CodeUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if n, _ := named(p, door.CodeQuorum); n == 0 {
			t.Errorf("%s: %+v", name, p.Findings())
		}
	}
	if err := reference(t.Context(), e.pool(pool.Config{Votes: 3}, alike), 1); err != nil {
		t.Error(err)
	}
}

func TestAVerbThatOneGroupLacksIsAskedOfAnother(t *testing.T) {
	e := newEstate(t)
	poor := &relay{e: e, name: "poor", mode: door.ModeSingle, verbs: 1 << element.KindStatus,
		members: []*group.Member{e.member("stdlib", verbs, operations{})}}
	poor.agree()
	p := e.pool(pool.Config{Frames: 1}, poor, e.group("rich"))
	for i := range 6 {
		if err := reference(t.Context(), p, i); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.ScriptMAC(t.Context(), element.ScriptMAC{}); !errors.Is(err, element.CodeMalformed) {
		t.Errorf("a verb that neither offers: %v", err)
	}
}
