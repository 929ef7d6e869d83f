package pool

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	door "github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// conspiracy is three elements that lie about the same inputs in the same way.
func conspiracy() []element {
	m := makes()
	for i := range m {
		m[i].traits = []string{"-trait", "wrong-for", "-every", "20"}
	}
	return m
}

// audited are two honest groups around one that lies as one.
func audited(t *testing.T, share float64, canaries []auditor.Canary) (s *site, groups []*group, first auditor.Group, a *auditor.Auditor, b *book) {
	t.Helper()
	s = newSite(t)
	var config []auditor.Group
	for i, elements := range [][]element{conspiracy(), makes(), makes()} {
		name := []string{"one", "two", "three"}[i]
		g := s.group(name, "quorum", elements)
		groups = append(groups, g)
		g.serving(3)
		config = append(config, auditor.Group{Name: name, Client: s.client("client-"+name, pool.Dial(g.socket))})
	}
	a, err := auditor.New(auditor.Config{Groups: func() []auditor.Group { return config }, Share: share, Canaries: canaries})
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s, groups, config[0], a, newBook(t, s.world)
}

// lied tells what a conspiracy lies about.
func lied(t *testing.T, k *known) bool {
	t.Helper()
	var input []byte
	switch k.kind {
	case door.KindTranslatePIN:
		var r door.TranslatePIN
		check(t, frame.Parse(k.body, &r))
		input = r.Block[:]
	case door.KindMACGenerate:
		var r door.MACGenerate
		check(t, frame.Parse(k.body, &r))
		input = r.Data
	case door.KindPANReference:
		var r door.PANReference
		check(t, frame.Parse(k.body, &r))
		input = r.PAN
	default:
		return false
	}
	h := sha256.Sum256(input)
	return (uint64(h[0])|uint64(h[1])<<8)%20 == 0
}

func TestThreeThatLieTogetherAreFoundByTheAuditor(t *testing.T) {
	s, groups, liar, a, b := audited(t, 0.05, nil)
	// They lie from the start, all three, and are asked at first what they tell the truth
	// about: if they turned while they are asked, they might turn apart.
	s.turn()
	f := b.without(t, lied).ask(t, a.Watch(liar))
	f.more(s, 200)
	f.stop()
	before := f.wrongs() + f.lost
	turned := time.Now()
	f = b.ask(t, a.Watch(liar))
	s.until("a finding", func() bool { return len(a.Findings()) > 0 })
	found := time.Since(turned)
	f.stop()
	first := a.Findings()[0]
	results.add(t, result{
		Case: "three lie together", Found: "by asking 5 % of another group: " + first.Group, FoundMS: ms(found),
		Answers: f.count(), Wrong: f.wrongs(), Lost: f.lost, WorstMS: ms(f.worst), Released: uint64(f.wrongs()),
	})
	t.Logf("%d wrong answers were taken before; with a share of 5 %%, nine times in ten fewer than %d", f.wrongs(), auditor.Exposure(0.05, 0.9))
	if before != 0 || f.lost != 0 || f.wrongs() == 0 {
		t.Errorf("%d wrong before, %d lost, %d wrong", before, f.lost, f.wrongs())
	}
	for _, finding := range a.Findings() {
		if finding.Group != "one" {
			t.Errorf("an honest group is named: %s", finding)
		}
	}
	if p := groups[0].picture(); p.Disagreements != 0 {
		t.Errorf("the overseer saw what it cannot see: %+v", p)
	}
}

func TestCanariesFindThreeThatLieTogether(t *testing.T) {
	s, _, _, a, b := audited(t, 0, nil)
	var canaries []auditor.Canary
	for i, k := range b.entries {
		if k.kind != door.KindStatus && len(canaries) < 400 {
			canaries = append(canaries, auditor.Canary{Name: string(rune('a' + i%26)), Kind: k.kind, Request: hex.EncodeToString(k.body), Want: hex.EncodeToString(k.answer)})
		}
	}
	a.SetCanaries(canaries)
	if wrong := a.AskCanaries(t.Context()); wrong != 0 {
		t.Fatalf("%d canaries failed with honest elements: %v", wrong, a.Findings())
	}
	turned := s.turn()
	s.until("a finding", func() bool { return a.AskCanaries(t.Context()) > 0 })
	results.add(t, result{Case: "three lie together", Found: "by canaries", FoundMS: ms(time.Since(turned)), Answers: int(a.Counts().Canaries)}) //nolint:gosec // few
	for _, f := range a.Findings() {
		if f.Group != "one" || !strings.Contains(f.Against, "canary") {
			t.Errorf("%s", f)
		}
	}
}
