package pool_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
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

func (o operations) PANReference(r element.PANReference) (out element.Reference, err error) {
	if len(r.PAN) == 0 {
		return out, element.CodeKey
	}
	copy(out.Reference[:], r.PAN)
	if o.wrong {
		out.Reference[0] ^= 1
	}
	return out, nil
}

func (o operations) TranslatePIN(r element.TranslatePIN, _ *element.Chance) (element.Translated, error) {
	return element.Translated{Block: r.Block}, nil
}

func (o operations) MACVerify(r element.MACVerify) (element.Verified, error) {
	if len(r.Data) < 4096 {
		return element.Verified{}, element.CodeSeal
	}
	return element.Verified{}, nil
}

const verbs = 1<<element.KindStatus | 1<<element.KindPANReference | 1<<element.KindMACVerify | 1<<element.KindTranslatePIN

// estate is the authorities, a client, and a source of elements.
type estate struct {
	tb         testing.TB
	made, runs *authority.Authority
	client     *identity.Client
	count      int
}

func newEstate(tb testing.TB) *estate {
	tb.Helper()
	e := &estate{tb: tb}
	var err error
	e.made, err = authority.New("manufacturer")
	e.must(err)
	e.runs, err = authority.New("operator")
	e.must(err)
	folder := filepath.Join(tb.TempDir(), "client")
	e.must(authority.WriteClient(folder, "acquirer", e.made, e.runs))
	e.client, err = identity.LoadClient(folder)
	e.must(err)
	return e
}

func (e *estate) must(err error) {
	e.tb.Helper()
	if err != nil {
		e.tb.Fatal(err)
	}
}

func (e *estate) member(model string, offers uint32, o element.Operations) *group.Member {
	e.tb.Helper()
	e.count++
	folder := filepath.Join(e.tb.TempDir(), fmt.Sprint("element", e.count))
	e.must(authority.WriteElement(folder, fmt.Sprint("e", e.count), model, e.made, e.runs))
	who, err := identity.LoadElement(folder)
	e.must(err)
	m, err := group.NewMember(group.Config{Identity: who, Make: model, Verbs: offers, Operations: o})
	e.must(err)
	e.tb.Cleanup(m.Wipe)
	return m
}

// relay is an MCU as small as one can be, and in a test's hands a traitor.
type relay struct {
	e       *estate
	name    string
	members []*group.Member
	mode    door.Mode
	policy  uint16
	verbs   uint32

	// Treason, each nil in an honest one.
	describe func(*overseer.Description)
	show     func(member int, q *door.Question) // a question before a member sees it
	release  func(q []door.Question, r []overseer.Release)
	fail     func() error // before anything is asked

	mu      sync.Mutex
	epoch   uint32               // guarded by mu
	current overseer.Description // guarded by mu
	opens   int                  // guarded by mu
	frames  int                  // guarded by mu
	asked   int                  // guarded by mu
	gate    chan struct{}        // set before use: each frame waits for it
}

func (e *estate) relay(name string, members ...*group.Member) *relay {
	e.tb.Helper()
	r := &relay{e: e, name: name, members: members, mode: door.ModeQuorum, policy: 3, verbs: verbs}
	r.agree()
	return r
}

// group is a relay with three makes.
func (e *estate) group(name string) *relay {
	e.tb.Helper()
	return e.relay(name, e.member("stdlib", verbs, operations{}), e.member("gcrypt", verbs, operations{}), e.member("nettle", verbs, operations{}))
}

func send[A any](tb testing.TB, m *group.Member, kind byte, request any) (answer A) {
	tb.Helper()
	answer, err := ask[A](m, kind, request)
	if err != nil {
		tb.Fatal(err)
	}
	return answer
}

func ask[A any](m *group.Member, kind byte, request any) (answer A, err error) {
	body, err := frame.Append(nil, request)
	if err != nil {
		return answer, err
	}
	out := m.Handle(nil, kind, body)
	if out[0] == door.KindRefusal {
		return answer, door.Code(out[1])
	}
	return answer, frame.Parse(out[1:], &answer)
}

// agree begins a new epoch.
func (r *relay) agree() {
	r.mu.Lock()
	defer r.mu.Unlock()
	tb, n := r.e.tb, len(r.members)
	tb.Helper()
	r.epoch++
	t := &door.Transcript{Epoch: r.epoch, Policy: r.policy, Mode: r.mode, Verbs: r.verbs}
	copy(t.Group[:], r.name)
	for _, m := range r.members {
		t.Members = append(t.Members, send[door.Identity](tb, m, door.KindIdentify, &door.Identify{}))
	}
	encoded, err := door.EncodeTranscript(t)
	r.e.must(err)
	var commitments, confirmations []byte
	sealed := make([][]byte, n)
	for _, m := range r.members {
		c := send[door.Commitment](tb, m, door.KindPropose, &door.Propose{Transcript: encoded})
		commitments = append(commitments, c.Commitment[:]...)
	}
	for i, m := range r.members {
		sealed[i] = send[door.Contribution](tb, m, door.KindFix, &door.Fix{Commitments: commitments}).Sealed
	}
	for i, m := range r.members {
		all := make([]byte, 0, n*door.ContributionSize)
		for j := range n {
			all = append(all, sealed[j][i*door.ContributionSize:][:door.ContributionSize]...)
		}
		c := send[door.Confirmation](tb, m, door.KindDeliver, &door.Deliver{Sealed: all})
		confirmations = append(confirmations, c.Confirmation[:]...)
	}
	for _, m := range r.members {
		send[door.Active](tb, m, door.KindActivate, &door.Activate{Confirmations: confirmations})
	}
	r.current = overseer.Description{Transcript: encoded, Confirmations: confirmations}
}

// retire ends all epochs but the newest.
func (r *relay) retire(epoch uint32) {
	var id door.GroupID
	copy(id[:], r.name)
	for _, m := range r.members {
		send[door.Retired](r.e.tb, m, door.KindRetire, &door.Retire{Group: id, Epoch: epoch})
	}
}

func (r *relay) Describe(context.Context) (overseer.Description, error) {
	if r.fail != nil {
		if err := r.fail(); err != nil {
			return overseer.Description{}, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d := overseer.Description{Transcript: append([]byte(nil), r.current.Transcript...), Confirmations: append([]byte(nil), r.current.Confirmations...)}
	if r.describe != nil {
		r.describe(&d)
	}
	return d, nil
}

func (r *relay) Open(_ context.Context, o door.Open) error {
	r.mu.Lock()
	r.opens++
	r.mu.Unlock()
	for _, m := range r.members {
		if _, err := ask[door.Opened](m, door.KindOpen, o); err != nil {
			return err
		}
	}
	return nil
}

func (r *relay) Ask(ctx context.Context, q []door.Question) ([]overseer.Release, error) {
	if r.fail != nil {
		if err := r.fail(); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	r.frames++
	r.asked += len(q)
	gate := r.gate
	r.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, door.CodeUnavailable
		}
	}
	releases := make([]overseer.Release, len(q))
	for i, m := range r.members {
		r.gather(releases, i, m, q)
	}
	for i := range releases {
		decide(&releases[i], len(r.members)/2+1)
	}
	if r.release != nil {
		r.release(q, releases)
	}
	return releases, nil
}

func (r *relay) gather(releases []overseer.Release, i int, m *group.Member, q []door.Question) {
	shown := append([]door.Question(nil), q...)
	for j := range shown {
		shown[j].Sealed = append([]byte(nil), q[j].Sealed...)
		if r.show != nil {
			r.show(i, &shown[j])
		}
	}
	out := m.Handle(nil, door.KindAsk, door.AppendAsk(nil, shown, true))
	answers, err := door.ParseAnswers(out[1:], nil)
	if err != nil {
		panic(errors.New("a member refused a frame of questions"))
	}
	for j, a := range answers {
		to := &releases[j]
		to.Votes = append(to.Votes, overseer.Vote{Member: uint8(i), Code: a.Code, SIV: a.SIV, Vote: a.Vote, Seen: a.Seen})
		if a.Code == door.CodeAnswered && (len(to.Body) == 0 || majority(to.Votes, a.SIV) > majority(to.Votes, to.SIV)) {
			to.SIV, to.Body = a.SIV, append([]byte(nil), a.Body...)
		}
	}
}

func majority(votes []overseer.Vote, siv [door.SIVSize]byte) (n int) {
	for i := range votes {
		if votes[i].Code == door.CodeAnswered && votes[i].SIV == siv {
			n++
		}
	}
	return n
}

func decide(r *overseer.Release, need int) {
	if len(r.Body) > 0 && majority(r.Votes, r.SIV) >= need {
		return
	}
	r.SIV, r.Body, r.Code = [door.SIVSize]byte{}, nil, door.CodeQuorum
	for i := range r.Votes {
		if c := r.Votes[i].Code; c != door.CodeAnswered {
			r.Code = c
		}
	}
}
