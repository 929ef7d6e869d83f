package group_test

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/channel"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// operations answers what the tests ask; Operations panics for all else.
type operations struct {
	element.Operations
	wrong bool
}

func (o operations) Status(element.Status) (element.Health, error) {
	return element.Health{Ready: true, Keys: 7}, nil
}

func (o operations) PANReference(r element.PANReference) (element.Reference, error) {
	if len(r.PAN) == 0 {
		return element.Reference{}, element.CodeKey
	}
	out := element.Reference{}
	copy(out.Reference[:], r.PAN)
	if o.wrong {
		out.Reference[0] ^= 1
	}
	return out, nil
}

// TranslatePIN shows the fill that it was given.
func (o operations) TranslatePIN(_ element.TranslatePIN, c *element.Chance) (out element.Translated, err error) {
	copy(out.Block[:], c[:])
	return out, nil
}

const verbs = 1<<element.KindStatus | 1<<element.KindPANReference | 1<<element.KindTranslatePIN

// world is a group with everything to ask it, and its MCU's place is the test's.
type world struct {
	tb         testing.TB
	made, runs *authority.Authority
	folders    []string
	members    []*group.Member
	client     *identity.Client
	transcript []byte
	hash       [32]byte
	agreed     *door.Transcript
	key        [32]byte
	all        []byte // confirmations
}

func newWorld(tb testing.TB, n int) *world {
	tb.Helper()
	w := &world{tb: tb}
	var err error
	w.made, err = authority.New("manufacturer")
	w.must(err)
	w.runs, err = authority.New("operator")
	w.must(err)
	for i := range n {
		w.addMember(i, verbs, operations{})
	}
	folder := filepath.Join(tb.TempDir(), "client")
	w.must(authority.WriteClient(folder, "acquirer", w.made, w.runs))
	w.client, err = identity.LoadClient(folder)
	w.must(err)
	return w
}

func (w *world) addMember(i int, offers uint32, o element.Operations) {
	w.tb.Helper()
	folder := filepath.Join(w.tb.TempDir(), fmt.Sprint("element", i))
	model := fmt.Sprint("make", i)
	w.must(authority.WriteElement(folder, fmt.Sprint("e", i), model, w.made, w.runs))
	who, err := identity.LoadElement(folder)
	w.must(err)
	m, err := group.NewMember(group.Config{Identity: who, Make: model, Verbs: offers, Operations: o})
	w.must(err)
	w.tb.Cleanup(m.Wipe)
	w.folders, w.members = append(w.folders, folder), append(w.members, m)
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// call asks a member and parses the answer into answer; a refusal is returned.
func call(tb testing.TB, m *group.Member, kind byte, request, answer any) *door.Refusal {
	tb.Helper()
	body, err := frame.Append(nil, request)
	if err != nil {
		tb.Fatal(err)
	}
	out := m.Handle(nil, kind, body)
	if out[0] == door.KindRefusal {
		r := new(door.Refusal)
		if err := frame.Parse(out[1:], r); err != nil {
			tb.Fatal(err)
		}
		return r
	}
	if out[0] != kind|door.KindAnswer {
		tb.Fatalf("kind %02x answered by %02x", kind, out[0])
	}
	if err := frame.Parse(out[1:], answer); err != nil {
		tb.Fatal(err)
	}
	return nil
}

func (w *world) call(m *group.Member, kind byte, request, answer any) {
	w.tb.Helper()
	if r := call(w.tb, m, kind, request, answer); r != nil {
		w.tb.Fatalf("kind %02x: %v, member %d", kind, r.Code, r.Member)
	}
}

// groupID is that of every test's group.
func groupID() door.GroupID { return door.GroupID{'g', '1'} }

// propose makes a transcript of these members.
func (w *world) propose(epoch uint32, members ...*group.Member) *door.Transcript {
	w.tb.Helper()
	t := &door.Transcript{Group: groupID(), Epoch: epoch, Policy: 1, Mode: door.ModeSingle, Verbs: verbs}
	if len(members) > 2 {
		t.Mode = door.ModeQuorum
	}
	for _, m := range members {
		var i door.Identity
		w.call(m, door.KindIdentify, &door.Identify{}, &i)
		t.Members = append(t.Members, i)
	}
	return t
}

// script lets a test change what passes from one step to the next.
type script struct {
	transcript    func(to int, t *door.Transcript)
	commitments   func(to int, all []byte)
	sealed        func(to int, all []byte)
	confirmations func(to int, all []byte)
}

// agreement runs one among members. It stops at the first refusal, with its step.
func (w *world) agreement(t *door.Transcript, s script, members ...*group.Member) (step byte, by int, r *door.Refusal) {
	w.tb.Helper()
	n := len(members)
	var commitments, confirmations []byte
	sealed := make([][]byte, n)
	for i, m := range members {
		mine := *t
		mine.Members = append([]door.Identity(nil), t.Members...)
		if s.transcript != nil {
			s.transcript(i, &mine)
		}
		encoded, err := door.EncodeTranscript(&mine)
		w.must(err)
		var c door.Commitment
		if r := call(w.tb, m, door.KindPropose, &door.Propose{Transcript: encoded}, &c); r != nil {
			return door.KindPropose, i, r
		}
		commitments = append(commitments, c.Commitment[:]...)
	}
	for i, m := range members {
		all := append([]byte(nil), commitments...)
		if s.commitments != nil {
			s.commitments(i, all)
		}
		var c door.Contribution
		if r := call(w.tb, m, door.KindFix, &door.Fix{Commitments: all}, &c); r != nil {
			return door.KindFix, i, r
		}
		sealed[i] = c.Sealed
	}
	for i, m := range members {
		all := make([]byte, n*door.ContributionSize)
		for j := range n {
			at := i * door.ContributionSize
			copy(all[j*door.ContributionSize:], sealed[j][at:at+door.ContributionSize])
		}
		if s.sealed != nil {
			s.sealed(i, all)
		}
		var c door.Confirmation
		if r := call(w.tb, m, door.KindDeliver, &door.Deliver{Sealed: all}, &c); r != nil {
			return door.KindDeliver, i, r
		}
		confirmations = append(confirmations, c.Confirmation[:]...)
	}
	for i, m := range members {
		all := append([]byte(nil), confirmations...)
		if s.confirmations != nil {
			s.confirmations(i, all)
		}
		if r := call(w.tb, m, door.KindActivate, &door.Activate{Confirmations: all}, &door.Active{}); r != nil {
			return door.KindActivate, i, r
		}
	}
	var err error
	w.transcript, err = door.EncodeTranscript(t)
	w.must(err)
	w.agreed, w.hash, w.all = t, door.HashTranscript(w.transcript), confirmations
	w.key = [32]byte(confirmations[32:])
	return 0, 0, nil
}

func (w *world) agree(epoch uint32) {
	w.tb.Helper()
	if step, by, r := w.agreement(w.propose(epoch, w.members...), script{}, w.members...); r != nil {
		w.tb.Fatalf("step %02x of member %d: %v, member %d", step, by, r.Code, r.Member)
	}
}

// session is a client's end.
type session struct {
	w     *world
	id    door.SessionID
	epoch uint32
	keys  *channel.Keys
	votes []*channel.Votes
	open  *door.Open
	next  uint64
}

func (w *world) session() *session {
	w.tb.Helper()
	s := &session{w: w, epoch: w.agreed.Epoch, next: 1}
	_, _ = rand.Read(s.id[:])
	s.open = &door.Open{Group: groupID(), Epoch: s.epoch, Session: s.id, Client: w.client.Certificate}
	enc, sender := w.sender(w.key, channel.Info(&w.hash, &s.id))
	s.open.Group32 = [32]byte(enc)
	var err error
	s.keys, err = channel.NewKeys(sender)
	w.must(err)
	for i := range w.agreed.Members {
		enc, sender := w.sender(w.agreed.Members[i].Agreement, channel.VoteInfo(&w.hash, &s.id))
		s.open.Votes = append(s.open.Votes, enc...)
		v, err := channel.NewVotes(sender)
		w.must(err)
		s.votes = append(s.votes, v)
	}
	s.open.Signature = w.client.Sign(door.OpenInput(nil, s.open))
	return s
}

func (w *world) sender(key [32]byte, info []byte) ([]byte, *hpke.Sender) {
	w.tb.Helper()
	public, err := ecdh.X25519().NewPublicKey(key[:])
	w.must(err)
	to, err := hpke.NewDHKEMPublicKey(public)
	w.must(err)
	enc, sender, err := hpke.NewSender(to, hpke.HKDFSHA256(), channel.AEAD(), info)
	w.must(err)
	return enc, sender
}

// opened is a session that every member has.
func (w *world) opened() *session {
	w.tb.Helper()
	s := w.session()
	for _, m := range w.members {
		w.call(m, door.KindOpen, s.open, &door.Opened{})
	}
	return s
}

// question seals a request.
func (s *session) question(kind element.Kind, request any) door.Question {
	s.w.tb.Helper()
	q := door.Question{Group: groupID(), Epoch: s.epoch, Session: s.id, Counter: s.next, Verb: kind}
	s.next++
	body, err := frame.Append(nil, request)
	s.w.must(err)
	q.Sealed = s.keys.Request.Seal(nil, body, channel.QuestionData(nil, &q, 1))
	return q
}

func ask(tb testing.TB, m *group.Member, lead bool, q ...door.Question) []door.Answer {
	tb.Helper()
	out := m.Handle(nil, door.KindAsk, door.AppendAsk(nil, q, lead))
	if out[0] != door.KindAsk|door.KindAnswer {
		tb.Fatalf("refused: %v", door.Code(out[1]))
	}
	answers, err := door.ParseAnswers(out[1:], nil)
	if err != nil || len(answers) != len(q) {
		tb.Fatalf("%d answers, %v", len(answers), err)
	}
	return answers
}

// read opens a sealed answer.
func (s *session) read(q *door.Question, a *door.Answer) ([]byte, error) {
	return s.keys.Answer.Open(nil, append(append([]byte(nil), a.SIV[:]...), a.Body...), channel.AnswerData(nil, q, 1, &a.Seen))
}
