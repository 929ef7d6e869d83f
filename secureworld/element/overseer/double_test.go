package overseer

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity/authority"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// double is a member without secrets: its answers are a hash of the question. It
// behaves as a test wants.
type double struct {
	who *identity.Element

	mu       sync.Mutex
	pending  *door.Transcript
	hash     [32]byte
	epochs   map[uint32][32]byte
	last     uint32
	sessions map[door.SessionID]bool
	asked    int
	inquired int

	behave struct {
		silent   bool
		delay    time.Duration
		lie      func(*door.Answer) // in answers
		perjure  func(*door.Answer) // in testimonies
		mute     bool               // does not testify
		refuse   map[byte]door.Refusal
		code     door.Code // in each answer
		accuse   func(kind byte) (door.Refusal, bool)
		unsigned byte // the step that it does not sign
	}
}

func (d *double) set(f func()) { d.mu.Lock(); defer d.mu.Unlock(); f() }

// restart forgets what a process forgets.
func (d *double) restart() {
	d.set(func() { d.epochs, d.last, d.sessions = map[uint32][32]byte{}, 0, map[door.SessionID]bool{} })
}

// Do implements Link.
func (d *double) Do(ctx context.Context, kind byte, body []byte) (byte, []byte, error) {
	d.mu.Lock()
	behave := d.behave
	r, refuses := behave.refuse[kind]
	if behave.accuse != nil {
		r, refuses = behave.accuse(kind)
	}
	if _, once := d.behave.refuse[kind]; once && r.Member != noOne {
		d.behave.refuse = nil // who is named is in the first agreement alone
	}
	d.mu.Unlock()
	if behave.silent {
		<-ctx.Done()
		return 0, nil, ctx.Err()
	}
	if behave.delay > 0 {
		select {
		case <-time.After(behave.delay):
		case <-ctx.Done():
			return 0, nil, ctx.Err()
		}
	}
	if refuses {
		return door.KindRefusal, []byte{byte(r.Code), r.Member}, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	answer, err := d.handle(kind, body)
	var code door.Code
	if errors.As(err, &code) {
		return door.KindRefusal, []byte{byte(code), noOne}, nil
	}
	return kind | door.KindAnswer, answer, err
}

func (d *double) handle(kind byte, body []byte) ([]byte, error) {
	switch kind {
	case door.KindIdentify:
		var r door.Identify
		if err := frame.Parse(body, &r); err != nil {
			return nil, err
		}
		i := door.Identity{
			Make: []byte("stdlib"), Version: element.LanguageVersion, Verbs: 0x1FFE,
			Manufacturer: d.who.Manufacturer, Operator: d.who.Operator, Agreement: d.who.Agreement(),
		}
		i.Signature = d.who.Sign(door.IdentityInput(nil, &r.Nonce, &i))
		return frame.Append(nil, &i)
	case door.KindPropose:
		var r door.Propose
		if err := frame.Parse(body, &r); err != nil {
			return nil, err
		}
		t, err := door.ParseTranscript(r.Transcript)
		if err != nil {
			return nil, err
		}
		d.pending, d.hash = t, door.HashTranscript(r.Transcript)
		var c door.Commitment
		signature := d.who.Sign(door.CommitmentInput(nil, &d.hash, c.Commitment[:32]))
		if d.behave.unsigned != kind {
			copy(c.Commitment[32:], signature[:])
		}
		return frame.Append(nil, &c)
	case door.KindFix:
		return frame.Append(nil, &door.Contribution{Sealed: make([]byte, len(d.pending.Members)*door.ContributionSize)})
	case door.KindDeliver:
		var c door.Confirmation
		signature := d.who.Sign(door.ConfirmationInput(nil, &d.hash, c.Confirmation[:32], c.Confirmation[32:64]))
		if d.behave.unsigned != kind {
			copy(c.Confirmation[64:], signature[:])
		}
		return frame.Append(nil, &c)
	case door.KindActivate:
		d.last = d.pending.Epoch
		d.epochs[d.last] = d.hash
		return nil, nil
	case door.KindRetire:
		var r door.Retire
		err := frame.Parse(body, &r)
		delete(d.epochs, r.Epoch)
		return nil, err
	case door.KindInquire:
		d.inquired++
		return frame.Append(nil, &door.Condition{Epoch: d.last})
	case door.KindOpen:
		var r door.Open
		err := frame.Parse(body, &r)
		if _, active := d.epochs[r.Epoch]; !active {
			return nil, door.CodeEpoch
		}
		d.sessions[r.Session] = true
		return nil, err
	case door.KindAsk:
		return d.ask(body)
	case door.KindTestify:
		return d.testify(body)
	}
	return nil, door.CodeMalformed
}

func (d *double) ask(body []byte) ([]byte, error) {
	questions, _, err := door.ParseAsk(body, nil)
	if err != nil {
		return nil, err
	}
	answers := make([]door.Answer, len(questions))
	for i := range questions {
		d.asked++
		answers[i] = d.answer(&questions[i])
		if d.behave.lie != nil && answers[i].Code == door.CodeAnswered {
			d.behave.lie(&answers[i])
		}
	}
	return door.AppendAnswers(nil, answers), nil
}

func (d *double) answer(q *door.Question) door.Answer {
	switch {
	case d.behave.code != 0:
		return door.Answer{Code: d.behave.code}
	case d.epochs[q.Epoch] == [32]byte{}:
		return door.Answer{Code: door.CodeEpoch}
	case !d.sessions[q.Session]:
		return door.Answer{Code: door.CodeSession}
	}
	return truth(q)
}

// truth is what an honest double says.
func truth(q *door.Question) door.Answer {
	seen := sha256.Sum256(door.AppendQuestion(nil, q))
	h := sha256.Sum256(seen[:])
	return door.Answer{SIV: [16]byte(h[:16]), Seen: seen, Body: append([]byte(nil), h[16:]...)}
}

func (d *double) testify(body []byte) ([]byte, error) {
	var r door.Testify
	if err := frame.Parse(body, &r); err != nil {
		return nil, err
	}
	q, _, err := door.ParseQuestion(r.Question)
	if err != nil || d.behave.mute {
		return nil, door.CodeState
	}
	a := truth(&q)
	if d.behave.perjure != nil {
		d.behave.perjure(&a)
	}
	a.Body = nil
	hash, said := d.epochs[q.Epoch], door.AppendAnswer(nil, &a)
	return frame.Append(nil, &door.Testimony{Answer: said, Signature: d.who.Sign(door.TestimonyInput(nil, hash[:], r.Question, said))})
}

// world is a group of doubles under an overseer that runs.
type world struct {
	*testing.T
	doubles  []*double
	overseer *Overseer
	by       Authorities
	counter  uint64
	session  door.SessionID
	epoch    uint32
}

// newWorld starts members under an overseer of some mode; change may alter its Config.
func newWorld(t *testing.T, members int, mode door.Mode, change func(*Config)) *world {
	t.Helper()
	w := &world{T: t, session: door.SessionID{1}}
	m, o := root(t, "manufacturer"), root(t, "operator")
	w.by = Authorities{parse(t, m.Certificate()), parse(t, o.Certificate())}
	c := Config{
		Group: "g1", Branch: "b", Mode: mode, Certificate: []byte("mcu"), Authorities: w.by, Evidence: filepath.Join(t.TempDir(), "evidence"),
		Drain: 200 * time.Millisecond,
	}
	for range members {
		folder := t.TempDir()
		if err := authority.WriteElement(folder, "e", "stdlib", m, o); err != nil {
			t.Fatal(err)
		}
		who, err := identity.LoadElement(folder)
		if err != nil {
			t.Fatal(err)
		}
		d := &double{who: who}
		d.restart()
		w.doubles, c.Members = append(w.doubles, d), append(c.Members, d)
	}
	if change != nil {
		change(&c)
	}
	var err error
	if w.overseer, err = New(c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.overseer.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

func root(t *testing.T, name string) *authority.Authority {
	t.Helper()
	a, err := authority.New(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// until waits for something that the overseer does by itself.
func (w *world) until(what string, f func(p client.Picture) bool) client.Picture {
	w.Helper()
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		if p, _ := w.overseer.View(context.Background()); f(p) {
			return p
		}
	}
	p, _ := w.overseer.View(context.Background())
	w.Fatalf("waited in vain: %s: %+v", what, p)
	return p
}

func serving(p client.Picture) bool { return p.State == "serving" }

// open describes the group and opens a session, as often as that takes.
func (w *world) open() {
	w.Helper()
	w.until("a session", func(client.Picture) bool {
		d, err := w.overseer.Describe(context.Background())
		if err != nil {
			return false
		}
		t, err := door.ParseTranscript(d.Transcript)
		if err != nil {
			w.Fatal(err)
		}
		w.epoch = t.Epoch
		binary.BigEndian.PutUint32(w.session[1:], t.Epoch)
		return w.overseer.Open(context.Background(), door.Open{Group: t.Group, Epoch: t.Epoch, Session: w.session}) == nil
	})
}

func (w *world) questions(n int) []door.Question {
	out := make([]door.Question, n)
	for i := range out {
		w.counter++
		out[i] = door.Question{
			Group: door.GroupID{'g', '1'}, Epoch: w.epoch, Session: w.session, Counter: w.counter,
			Verb: element.KindMACGenerate, Sealed: binary.BigEndian.AppendUint64(make([]byte, 16), w.counter),
		}
	}
	return out
}

// ask asks n questions once and returns how many were answered; none may be answered
// wrongly.
func (w *world) ask(n int) (answered int, releases []client.Release) {
	w.Helper()
	questions := w.questions(n)
	releases, err := w.overseer.Ask(context.Background(), questions)
	if err != nil {
		w.Fatal(err)
	}
	for i := range releases {
		if releases[i].Code != door.CodeAnswered {
			continue
		}
		answered++
		right := truth(&questions[i])
		if releases[i].SIV != right.SIV || string(releases[i].Body) != string(right.Body) {
			w.Fatalf("a wrong answer was released to question %d", i)
		}
	}
	return answered, releases
}

// insist asks until all is answered, with a new session where the epoch has changed.
func (w *world) insist(n int) {
	w.Helper()
	for range 400 {
		got, releases := w.ask(n)
		if got == n {
			return
		}
		for i := range releases {
			if c := releases[i].Code; c == door.CodeEpoch || c == door.CodeSession {
				w.open()
				break
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	p, _ := w.overseer.View(context.Background())
	_, r := w.ask(1)
	w.Fatalf("never answered: %+v %+v", p, r)
}

func flip(a *door.Answer) { a.SIV[3] ^= 1 }
