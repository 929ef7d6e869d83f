package overseer

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// model is a group under a real overseer, in time of its own: one member lies in every
// way that a double can, the others fail in honest ways, people do what they do, and
// after each event the invariants are held to.
type model struct {
	*world
	random    *rand.Rand
	mode      door.Mode
	liar      int
	deaf      bool // plant: the operator is not heard
	plant     func(*model)
	broken    []string // invariants that were
	names     []string // the members' ids
	answers   int
	exercised map[string]int // what was seen to happen
}

// run plays so many events of one seed, and returns the invariants that were broken.
func run(t *testing.T, seed uint64, members int, mode door.Mode, events int, plant func(*model)) (broken []string, exercised map[string]int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := &model{random: rand.New(rand.NewPCG(seed, 1)), mode: mode, plant: plant, exercised: map[string]int{}} //nolint:gosec // repeatable
		m.world = newWorld(t, members, mode, func(c *Config) {
			c.Rules = DefaultRules()
			c.Rules.Clean = 16
			c.Alone = m.random.IntN(2) == 0
		})
		m.liar = m.random.IntN(members)
		m.until("an epoch", serving)
		for _, d := range m.doubles {
			m.names = append(m.names, nameOf(d.who.Key()))
		}
		m.session = door.SessionID{9}
		m.join()
		for i := 0; i < events && len(m.broken) == 0; i++ {
			m.happen(m.random.IntN(20))
			m.hold()
		}
		if len(m.broken) == 0 {
			m.recover()
		}
		broken, exercised = m.broken, m.exercised
	})
	return broken, exercised
}

func (m *model) breaks(what string, args ...any) {
	m.broken = append(m.broken, fmt.Sprintf(what, args...))
}

// happen is one event.
func (m *model) happen(what int) {
	liar := m.doubles[m.liar]
	honest := m.doubles[(m.liar+1+m.random.IntN(max(1, len(m.doubles)-1)))%len(m.doubles)]
	switch what {
	case 0:
		liar.set(func() { liar.behave.lie, liar.behave.perjure = flip, flip })
	case 1:
		liar.set(func() { liar.behave.lie, liar.behave.mute = flip, true })
	case 2:
		liar.set(func() { liar.behave.lie, liar.behave.perjure, liar.behave.mute = nil, nil, false })
	case 3:
		m.accuses(liar)
	case 4:
		liar.set(func() { liar.behave.accuse, liar.behave.unsigned = nil, 0 })
	case 5:
		liar.set(func() { liar.behave.silent = !liar.behave.silent })
	case 6:
		liar.restart()
	case 7:
		step := []byte{door.KindPropose, door.KindDeliver}[m.random.IntN(2)]
		liar.set(func() { liar.behave.unsigned = step })
		liar.restart()
	case 8:
		honest.restart()
	case 9: // an honest one is gone for a while
		honest.set(func() { honest.behave.silent = true })
		m.sleep(time.Duration(m.random.IntN(20)) * time.Second)
		m.ask(1)
		honest.set(func() { honest.behave.silent = false })
	case 10:
		m.operator()
	case 11:
		m.sleep(time.Duration(m.random.IntN(700)) * time.Second)
	case 12, 13:
		m.sleep(time.Duration(m.random.IntN(5000)) * time.Millisecond)
	default:
		m.ask(1 + m.random.IntN(8))
	}
}

// accuses has the liar name somebody in every agreement from now on, and begin one.
func (m *model) accuses(liar *double) {
	step := []byte{door.KindPropose, door.KindFix, door.KindDeliver, door.KindActivate}[m.random.IntN(4)]
	whom := uint8(m.random.IntN(len(m.doubles) + 1)) //nolint:gosec // few; one too many names nobody
	liar.set(func() {
		liar.behave.accuse = func(kind byte) (door.Refusal, bool) {
			return door.Refusal{Code: door.CodeAgreement, Member: whom}, kind == step
		}
	})
	liar.restart()
}

// operator reads what the overseer shows, and knows who lies.
func (m *model) operator() {
	if m.deaf {
		return
	}
	p := m.picture()
	for i := range p.Members {
		if health(p, i) == "quarantined" {
			m.exercised["readmitted"]++
			m.overseer.Readmit(p.Members[i].ID)
		}
	}
	if folder := m.overseer.config.Evidence; Stopped(folder) != nil {
		m.exercised["arbitrated"]++
		if err := Arbitrate(folder, m.names[m.liar]); err != nil {
			m.breaks("the operator cannot arbitrate: %v", err)
		}
	}
}

func (m *model) sleep(d time.Duration) { time.Sleep(d); synctest.Wait() }

func (m *model) picture() client.Picture {
	p, _ := m.overseer.View(context.Background())
	return p
}

// join opens a session, if there is a group.
func (m *model) join() {
	d, err := m.overseer.Describe(context.Background())
	if err != nil {
		return
	}
	t, err := door.ParseTranscript(d.Transcript)
	if err != nil {
		m.breaks("a description that is none")
		return
	}
	m.epoch = t.Epoch
	m.session[1] = byte(m.random.IntN(256))
	_ = m.overseer.Open(context.Background(), door.Open{Group: t.Group, Epoch: t.Epoch, Session: m.session})
}

// ask puts questions; what is released is right, and has the votes that its mode wants.
func (m *model) ask(n int) (answered int) {
	if m.plant != nil {
		m.plant(m)
	}
	questions := m.questions(n)
	for i := range questions {
		questions[i].Verb = element.KindTranslatePIN
	}
	votes, mode := 2, m.picture().Mode
	if mode == "single" {
		votes = 1 // one that was left alone with the operator's leave, and says so
	}
	releases, err := m.overseer.Ask(context.Background(), questions)
	if err != nil {
		m.breaks("no releases: %v", err)
		return 0
	}
	again := false
	for i := range releases {
		r, right := &releases[i], truth(&questions[i])
		again = again || r.Code == door.CodeEpoch || r.Code == door.CodeSession || r.Code == door.CodeUnavailable
		if r.Code != door.CodeAnswered {
			continue
		}
		answered++
		equal := 0
		for _, v := range r.Votes {
			if v.SIV == r.SIV && v.Code == door.CodeAnswered {
				equal++
			}
		}
		if r.SIV != right.SIV {
			m.breaks("a wrong answer was released in mode %s", mode)
		}
		if equal < votes {
			m.breaks("%d votes in mode %s", equal, mode)
		}
	}
	if again {
		m.join()
	}
	m.answers += answered
	return answered
}

// hold checks what must be so at all times.
func (m *model) hold() {
	synctest.Wait()
	if m.plant != nil {
		m.plant(m)
	}
	p := m.picture()
	out := 0
	for i := range p.Members {
		if health(p, i) != "quarantined" {
			continue
		}
		out++
		if i != m.liar {
			m.breaks("an honest element is quarantined: %s", p.Members[i].Reason)
		}
		if p.Members[i].Reason != "by the operator" && m.proofs(p.Members[i].ID) == 0 {
			m.sleep(5 * time.Second) // it is written when all were heard
			if m.proofs(p.Members[i].ID) == 0 {
				m.breaks("quarantined without evidence: %s", p.Members[i].Reason)
			}
		}
	}
	m.exercised["quarantined"] += out
	m.exercised[p.State]++
	for i := range p.Members {
		m.exercised[health(p, i)]++
	}
	m.company()
}

// company: while the honest ones are there, two members at least answer in mode quorum,
// after the time that finding it out takes.
func (m *model) company() {
	if m.mode != door.ModeQuorum {
		return
	}
	for range 12 {
		if m.active() >= 2 {
			return
		}
		m.sleep(5 * time.Second)
	}
	m.breaks("fewer than two are active: %+v", m.picture())
}

// active is how many members of the epoch can answer for it.
func (m *model) active() int {
	m.overseer.mu.Lock()
	defer m.overseer.mu.Unlock()
	if m.overseer.epoch == nil {
		return 0
	}
	return m.overseer.epoch.able()
}

// proofs is how many files of evidence tell of an element.
func (m *model) proofs(id string) (n int) {
	files, _ := filepath.Glob(filepath.Join(m.overseer.config.Evidence, "*.json"))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if strings.HasPrefix(filepath.Base(file), "agreement-") {
			var broken Broken
			if json.Unmarshal(b, &broken) == nil && len(broken.Accusations)+len(broken.Unsigned) > 0 && tells(broken.Transcript, id) {
				n++
			}
			continue
		}
		var e Evidence
		if json.Unmarshal(b, &e) == nil && len(e.Answers) > 1 && len(e.Testimonies) > 0 && tells(e.Transcript, id) {
			n++
		}
	}
	return n
}

// tells reports whether a transcript has an element.
func tells(transcript []byte, id string) bool {
	t, err := door.ParseTranscript(transcript)
	if err != nil {
		return false
	}
	for i := range t.Members {
		if key, err := certifiedKey(&t.Members[i]); err == nil && nameOf(key) == id {
			return true
		}
	}
	return false
}

// recover ends all faults: after a while, and with the operator's word, all are healthy
// again and answer.
func (m *model) recover() {
	for _, d := range m.doubles {
		d.set(func() {
			d.behave.lie, d.behave.perjure, d.behave.mute, d.behave.silent = nil, nil, false, false
			d.behave.accuse, d.behave.unsigned, d.behave.refuse = nil, 0, nil
		})
	}
	for range 200 {
		m.operator()
		m.sleep(5 * time.Second)
		answered := m.ask(8)
		p := m.picture()
		healthy := 0
		for i := range p.Members {
			if health(p, i) == "healthy" {
				healthy++
			}
		}
		if healthy == len(m.doubles) && answered == 8 {
			return
		}
	}
	m.breaks("faults have ended, and not all are healthy again: %+v", m.picture())
}
