package group_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"math"
	"path/filepath"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/element/siv"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

func reference(pan string) element.PANReference { return element.PANReference{PAN: []byte(pan)} }

func TestMembersGiveTheSameSealedAnswerAndEachItsOwnVote(t *testing.T) {
	w := newWorld(t, 3)
	w.agree(1)
	s := w.opened()
	questions := []door.Question{
		s.question(element.KindPANReference, reference("4761730000000011")),
		s.question(element.KindStatus, element.Status{}),
		s.question(element.KindPANReference, reference("")),
		s.question(element.KindTranslatePIN, element.TranslatePIN{}),
	}
	first := ask(t, w.members[0], true, questions...)
	for i, m := range w.members {
		answers := ask(t, m, i != 1, questions...)
		if i == 0 {
			answers = ask(t, m, false, questions...)
		}
		for j, a := range answers {
			if a.Code != door.CodeAnswered || a.SIV != first[j].SIV || a.Seen != sha256.Sum256(door.AppendQuestion(nil, &questions[j])) {
				t.Errorf("member %d, question %d: %v", i, j, a.Code)
			}
			if !s.votes[i].Valid(&questions[j], &a) || s.votes[(i+1)%3].Valid(&questions[j], &a) {
				t.Errorf("member %d, question %d: not its own vote", i, j)
			}
			if lead := i == 2; lead != (len(a.Body) > 0) {
				t.Errorf("member %d, question %d: %d bytes of body", i, j, len(a.Body))
			}
		}
	}
	want := [][]byte{nil, {0x81, 1, 0, 7}, {0xFF, byte(element.CodeKey)}, nil}
	for j := range questions {
		got, err := s.read(&questions[j], &first[j])
		if err != nil || want[j] != nil && !bytes.Equal(got, want[j]) {
			t.Errorf("question %d: %x, %v", j, got, err)
		}
	}
	one, _ := s.read(&questions[0], &first[0])
	if string(one[1:]) != "4761730000000011" {
		t.Errorf("%x", one)
	}
}

func TestTheChanceOfAnAnswerIsTheGroupsAndTheQuestions(t *testing.T) {
	w := newWorld(t, 2)
	w.agree(1)
	s := w.opened()
	fill := func(m int, q door.Question) string {
		t.Helper()
		a := ask(t, w.members[m], true, q)[0]
		got, err := s.read(&q, &a)
		w.must(err)
		return string(got[1:])
	}
	one := s.question(element.KindTranslatePIN, element.TranslatePIN{})
	two := s.question(element.KindTranslatePIN, element.TranslatePIN{})
	if fill(0, one) != fill(1, one) {
		t.Error("members differ")
	}
	if first := fill(1, two); first == string(make([]byte, 16)) || first == fill(0, s.question(element.KindTranslatePIN, element.TranslatePIN{})) {
		t.Error("questions do not differ")
	}
}

func TestOneWrongResultIsSeenWithoutBeingRead(t *testing.T) {
	w := newWorld(t, 2)
	w.addMember(2, verbs, operations{wrong: true})
	w.agree(1)
	s := w.opened()
	q := s.question(element.KindPANReference, reference("4761730000000011"))
	a, b, c := ask(t, w.members[0], false, q)[0], ask(t, w.members[1], false, q)[0], ask(t, w.members[2], false, q)[0]
	if a.SIV != b.SIV || a.SIV == c.SIV {
		t.Error("the wrong answer cannot be told from the others")
	}
}

func TestEveryQuestionThatIsNotForHereIsRefusedWithItsCode(t *testing.T) {
	w := newWorld(t, 2)
	w.agree(1)
	s := w.opened()
	for name, test := range map[string]struct {
		change func(*door.Question)
		code   door.Code
	}{
		"another group":   {func(q *door.Question) { q.Group[0] ^= 1 }, door.CodeEpoch},
		"another epoch":   {func(q *door.Question) { q.Epoch++ }, door.CodeEpoch},
		"another session": {func(q *door.Question) { q.Session[3] ^= 1 }, door.CodeSession},
		"another counter": {func(q *door.Question) { q.Counter += 100 }, door.CodeSeal},
		"another verb":    {func(q *door.Question) { q.Verb = element.KindStatus }, door.CodeSeal},
		"no common verb":  {func(q *door.Question) { q.Verb = element.KindScriptMAC }, door.CodeVerb},
		"no verb at all":  {func(q *door.Question) { q.Verb = 200 }, door.CodeVerb},
		"another text":    {func(q *door.Question) { q.Sealed[20] ^= 1 }, door.CodeSeal},
		"another SIV":     {func(q *door.Question) { q.Sealed[0] ^= 1 }, door.CodeSeal},
	} {
		q := s.question(element.KindPANReference, reference("4761730000000011"))
		test.change(&q)
		a := ask(t, w.members[0], true, q)[0]
		if a.Code != test.code || len(a.Body) != 0 || a.SIV != [16]byte{} {
			t.Errorf("%s: %v", name, a.Code)
		}
		if known := test.code == door.CodeSeal || test.code == door.CodeVerb; known != s.votes[0].Valid(&q, &a) {
			t.Errorf("%s: vote", name)
		}
	}
}

func TestACounterServesOnceToCompareAndOnceToLead(t *testing.T) {
	w := newWorld(t, 1)
	w.agree(1)
	s := w.opened()
	q := s.question(element.KindStatus, element.Status{})
	for i, test := range []struct {
		lead bool
		code door.Code
	}{{false, door.CodeAnswered}, {false, door.CodeReplay}, {true, door.CodeAnswered}, {true, door.CodeReplay}} {
		if a := ask(t, w.members[0], test.lead, q)[0]; a.Code != test.code {
			t.Errorf("%d: %v", i, a.Code)
		}
	}
	s.next = 40000
	ask(t, w.members[0], false, s.question(element.KindStatus, element.Status{}))
	s.next = 40000 - 1<<14
	if a := ask(t, w.members[0], false, s.question(element.KindStatus, element.Status{}))[0]; a.Code != door.CodeReplay {
		t.Errorf("behind the window: %v", a.Code)
	}
	if a := ask(t, w.members[0], false, s.question(element.KindStatus, element.Status{}))[0]; a.Code != door.CodeAnswered {
		t.Errorf("the last of the window: %v", a.Code)
	}
	s.next = math.MaxUint64
	if a := ask(t, w.members[0], false, s.question(element.KindStatus, element.Status{}))[0]; a.Code != door.CodeAnswered {
		t.Errorf("the highest counter: %v", a.Code)
	}
}

func TestAForgeryDoesNotUseUpACounter(t *testing.T) {
	w := newWorld(t, 1)
	w.agree(1)
	s := w.opened()
	q := s.question(element.KindStatus, element.Status{})
	forged := q
	forged.Sealed = bytes.Repeat([]byte{1}, 30)
	if a := ask(t, w.members[0], false, forged, q); a[0].Code != door.CodeSeal || a[1].Code != door.CodeAnswered {
		t.Errorf("%v, %v", a[0].Code, a[1].Code)
	}
}

func TestAnswersThatDoNotFitComeWithoutBodyAndMayBeAskedAgain(t *testing.T) {
	w := newWorld(t, 1)
	o := longOperations{}
	w.members, w.folders = nil, nil
	w.addMember(0, verbs|1<<element.KindOpenAccount, o)
	proposed := w.propose(1, w.members...)
	proposed.Verbs |= 1 << element.KindOpenAccount
	if _, _, r := w.agreement(proposed, script{}, w.members...); r != nil {
		t.Fatal(r.Code)
	}
	s := w.opened()
	questions := make([]door.Question, door.MaxQuestions)
	for i := range questions {
		questions[i] = s.question(element.KindOpenAccount, element.OpenAccount{})
	}
	answers := ask(t, w.members[0], true, questions...)
	last := len(answers) - 1
	if len(answers[0].Body) == 0 || len(answers[last].Body) != 0 || answers[last].SIV == [16]byte{} {
		t.Fatal("all fitted, or none")
	}
	if a := ask(t, w.members[0], true, questions[last])[0]; a.Code != door.CodeAnswered || len(a.Body) == 0 {
		t.Errorf("asked again: %v", a.Code)
	}
}

// longOperations answers as long as it may.
type longOperations struct{ operations }

func (longOperations) OpenAccount(element.OpenAccount) (element.Account, error) {
	return element.Account{Data: make([]byte, element.MaxSealed)}, nil
}

func TestASessionIsOpenedByACertifiedClientAlone(t *testing.T) {
	w := newWorld(t, 2)
	w.agree(1)
	stranger := newWorld(t, 1).client
	folder := filepath.Join(t.TempDir(), "mcu")
	w.must(authority.WriteMCU(folder, "mcu", w.made, w.runs))
	mcu, err := identity.LoadMCU(folder)
	w.must(err)
	for name, test := range map[string]struct {
		change func(*door.Open)
		code   door.Code
	}{
		"another group":     {func(o *door.Open) { o.Group[0] ^= 1 }, door.CodeEpoch},
		"another epoch":     {func(o *door.Open) { o.Epoch++ }, door.CodeEpoch},
		"another session":   {func(o *door.Open) { o.Session[0] ^= 1 }, door.CodeCertificate},
		"another signature": {func(o *door.Open) { o.Signature[0] ^= 1 }, door.CodeCertificate},
		"votes cut":         {func(o *door.Open) { o.Votes = o.Votes[:32] }, door.CodeMalformed},
		"a stranger": {func(o *door.Open) {
			o.Client = stranger.Certificate
			o.Signature = stranger.Sign(door.OpenInput(nil, o))
		}, door.CodeCertificate},
		"the MCU itself": {func(o *door.Open) {
			o.Client = mcu.Certificate
			o.Signature = mcu.Sign(door.OpenInput(nil, o))
		}, door.CodeCertificate},
		"a key of low order": {func(o *door.Open) {
			o.Group32 = [32]byte{}
			o.Signature = w.client.Sign(door.OpenInput(nil, o))
		}, door.CodeSeal},
	} {
		s := w.session()
		test.change(s.open)
		if r := call(t, w.members[0], door.KindOpen, s.open, &door.Opened{}); r == nil || r.Code != test.code {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestASessionWithoutAVoteKeyIsAnsweredWithoutVotes(t *testing.T) {
	w := newWorld(t, 2)
	w.agree(1)
	s := w.session()
	clear(s.open.Votes[:32])
	s.open.Signature = w.client.Sign(door.OpenInput(nil, s.open))
	w.call(w.members[0], door.KindOpen, s.open, &door.Opened{})
	if a := ask(t, w.members[0], false, s.question(element.KindStatus, element.Status{}))[0]; a.Code != door.CodeAnswered || a.Vote != [16]byte{} {
		t.Errorf("%v", a.Code)
	}
}

func TestOpeningAgainIsHarmless(t *testing.T) {
	w := newWorld(t, 1)
	w.agree(1)
	s := w.opened()
	q := s.question(element.KindStatus, element.Status{})
	ask(t, w.members[0], false, q)
	w.call(w.members[0], door.KindOpen, s.open, &door.Opened{})
	if a := ask(t, w.members[0], false, q)[0]; a.Code != door.CodeReplay {
		t.Errorf("the window was forgotten: %v", a.Code)
	}
	other := w.session()
	other.open.Session = s.id
	other.open.Signature = w.client.Sign(door.OpenInput(nil, other.open))
	if r := call(t, w.members[0], door.KindOpen, other.open, &door.Opened{}); r == nil || r.Code != door.CodeReplay {
		t.Errorf("another session of the same name: %+v", r)
	}
}

func TestASessionThatWasPushedOutDoesNotComeBack(t *testing.T) {
	w := newWorld(t, 1)
	w.agree(1)
	first := w.opened()
	for range 64 { // of one client, limits.go
		w.opened()
	}
	q := first.question(element.KindStatus, element.Status{})
	if a := ask(t, w.members[0], false, q)[0]; a.Code != door.CodeSession {
		t.Errorf("still there: %v", a.Code)
	}
	if r := call(t, w.members[0], door.KindOpen, first.open, &door.Opened{}); r == nil || r.Code != door.CodeReplay {
		t.Errorf("opened again: %+v", r)
	}
	var c door.Condition
	w.call(w.members[0], door.KindInquire, &door.Inquire{}, &c)
	if c.Epoch != 1 || c.Sessions != 64 || c.Refused != 1 {
		t.Errorf("%+v", c)
	}
}

func TestATestimonyIsTheSameAnswerSigned(t *testing.T) {
	w := newWorld(t, 2)
	w.agree(1)
	s := w.opened()
	q := s.question(element.KindStatus, element.Status{})
	answer := ask(t, w.members[1], false, q)[0]
	encoded := door.AppendQuestion(nil, &q)
	var said door.Testimony
	w.call(w.members[1], door.KindTestify, &door.Testify{Question: encoded}, &said)
	if !bytes.Equal(said.Answer, door.AppendAnswer(nil, &answer)) {
		t.Error("another answer")
	}
	holder, err := w.client.Authorities.Member(&w.agreed.Members[1])
	w.must(err)
	if !ed25519.Verify(holder.Key, door.TestimonyInput(nil, w.hash[:], encoded, said.Answer), said.Signature[:]) {
		t.Error("the signature is not the member's")
	}
	if r := call(t, w.members[1], door.KindTestify, &door.Testify{Question: encoded[:20]}, &said); r == nil || r.Code != door.CodeMalformed {
		t.Errorf("half a question: %+v", r)
	}
	q.Epoch++
	if r := call(t, w.members[1], door.KindTestify, &door.Testify{Question: door.AppendQuestion(nil, &q)}, &said); r == nil || r.Code != door.CodeEpoch {
		t.Errorf("another epoch: %+v", r)
	}
}

func TestAReplacedEpochDrainsAndARetiredOneIsGone(t *testing.T) {
	w := newWorld(t, 2)
	w.agree(1)
	old := w.opened()
	late := w.session()
	w.agree(2)
	q := old.question(element.KindStatus, element.Status{})
	if a := ask(t, w.members[0], false, q)[0]; a.Code != door.CodeAnswered {
		t.Errorf("draining: %v", a.Code)
	}
	if r := call(t, w.members[0], door.KindOpen, late.open, &door.Opened{}); r == nil || r.Code != door.CodeEpoch {
		t.Errorf("a session of a draining epoch: %+v", r)
	}
	w.call(w.members[0], door.KindRetire, &door.Retire{Group: groupID(), Epoch: 1}, &door.Retired{})
	if a := ask(t, w.members[0], false, old.question(element.KindStatus, element.Status{}))[0]; a.Code != door.CodeEpoch {
		t.Errorf("retired: %v", a.Code)
	}
	if r := call(t, w.members[0], door.KindRetire, &door.Retire{Group: groupID(), Epoch: 1}, &door.Retired{}); r == nil || r.Code != door.CodeEpoch {
		t.Errorf("retired twice: %+v", r)
	}
	if a := ask(t, w.members[0], false, w.opened().question(element.KindStatus, element.Status{}))[0]; a.Code != door.CodeAnswered {
		t.Errorf("the new one: %v", a.Code)
	}
	w.agree(3)
	w.agree(4)
	if r := call(t, w.members[1], door.KindRetire, &door.Retire{Group: groupID(), Epoch: 1}, &door.Retired{}); r == nil {
		t.Error("an epoch outlived the one after the next")
	}
	w.members[0].Wipe()
	var c door.Condition
	if w.call(w.members[0], door.KindInquire, &door.Inquire{}, &c); c.Epoch != 0 {
		t.Error("a wiped member has an epoch")
	}
}

func TestTheSealOfAnAnswerIsOfItsQuestionAndEpoch(t *testing.T) {
	w := newWorld(t, 1)
	w.agree(1)
	s := w.opened()
	one, two := s.question(element.KindStatus, element.Status{}), s.question(element.KindStatus, element.Status{})
	answers := ask(t, w.members[0], true, one, two)
	if _, err := s.read(&two, &answers[0]); !errors.Is(err, siv.ErrOpen) {
		t.Error("a swapped answer opens")
	}
	if bytes.Equal(answers[0].Body, answers[1].Body) {
		t.Error("equal requests have equal answers")
	}
}

func FuzzAnyFrameIsAnswered(f *testing.F) {
	w := newWorld(f, 2)
	w.agree(1)
	s := w.opened()
	q := s.question(element.KindStatus, element.Status{})
	f.Add(door.KindAsk, door.AppendAsk(nil, []door.Question{q}, true))
	for kind, message := range map[byte]any{
		door.KindIdentify: &door.Identify{}, door.KindPropose: &door.Propose{Transcript: w.transcript},
		door.KindFix: &door.Fix{}, door.KindDeliver: &door.Deliver{}, door.KindActivate: &door.Activate{Confirmations: w.all},
		door.KindRetire: &door.Retire{}, door.KindOpen: s.open, door.KindInquire: &door.Inquire{},
		door.KindTestify: &door.Testify{Question: door.AppendQuestion(nil, &q)},
	} {
		body, err := frame.Append(nil, message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(kind, body)
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		out := w.members[0].Handle(nil, kind, body)
		if out[0] == door.KindRefusal {
			if len(out) != 3 || !door.Code(out[1]).Valid() || out[1] == 0 {
				t.Errorf("refused as %x", out)
			}
			return
		}
		if out[0] != kind|door.KindAnswer || len(out) > 1+door.MaxBody {
			t.Errorf("answered %02x by %02x, %d bytes", kind, out[0], len(out))
		}
	})
}

func BenchmarkAsk(b *testing.B) {
	w := newWorld(b, 1)
	w.agree(1)
	s := w.opened()
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		questions := make([]door.Question, 64)
		for i := range questions {
			questions[i] = s.question(element.KindTranslatePIN, element.TranslatePIN{PAN: []byte("4761730000000011")})
		}
		body := door.AppendAsk(nil, questions, true)
		b.StartTimer()
		out = w.members[0].Handle(out[:0], door.KindAsk, body)
	}
}

func TestQuestionsUnderWaySurviveThatTheirSessionAndEpochEnd(t *testing.T) {
	w := newWorld(t, 1)
	w.agree(1)
	s := w.opened()
	questions := make([]door.Question, 400)
	for i := range questions {
		questions[i] = s.question(element.KindStatus, element.Status{})
	}
	others := make([]*session, 70)
	for i := range others {
		others[i] = w.session()
	}
	var wg sync.WaitGroup
	for from := range 4 {
		wg.Go(func() {
			for i := from; i < len(questions); i += 4 {
				a := ask(t, w.members[0], true, questions[i])[0]
				if _, err := s.read(&questions[i], &a); a.Code == door.CodeAnswered && err != nil {
					t.Error("answered under a key that is gone")
				}
				if a.Code != door.CodeAnswered && a.Code != door.CodeSession && a.Code != door.CodeEpoch {
					t.Errorf("%v", a.Code)
				}
			}
		})
	}
	for _, one := range others {
		w.call(w.members[0], door.KindOpen, one.open, &door.Opened{})
	}
	w.call(w.members[0], door.KindRetire, &door.Retire{Group: groupID(), Epoch: 1}, &door.Retired{})
	wg.Wait()
}
