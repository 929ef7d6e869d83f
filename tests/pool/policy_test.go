package pool

import (
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

func TestWhereOneAnswersCheapVerbsALiarIsFoundByTheAudit(t *testing.T) {
	s := newSite(t)
	g := s.group("g", "quorum", with(1, "-trait", "wrong-cheap", "-every", "1"), "-policy", "2")
	g.serving(3)
	b := newBook(t, s.world)
	f := b.ask(t, s.client("client", pool.Dial(g.socket)))
	f.more(s, 400)
	if n := f.wrongs(); n != 0 {
		t.Fatalf("%d wrong answers of honest elements", n)
	}
	turned := s.turn()
	p := g.await("quarantine", func(p door.Picture) bool { return p.Members[1].Health == "quarantined" && p.State == "serving" })
	found := time.Since(turned)
	f.more(s, 200)
	before := f.wrongs()
	f.more(s, 400)
	f.stop()
	results.add(t, result{
		Case: "quorum, MACs by one and 5 % audit: lies about every MAC", Found: "quarantined", FoundMS: ms(found), Answers: f.answers,
		Wrong: f.wrong, Lost: f.lost, WorstMS: ms(f.worst), Released: uint64(f.wrong), //nolint:gosec // few
	})
	told := false
	for _, line := range p.Findings {
		told = told || strings.Contains(line, "on its word alone")
	}
	t.Logf("%d wrong answers were taken before; with a share of 5 %%, nine times in ten fewer than %d; the MCU says: %q", f.wrong, auditor.Exposure(0.05, 0.9), p.Findings)
	if f.lost != 0 || f.wrong != before || f.wrong > 0 && !told || p.Audited == 0 || found > generous ||
		p.Members[0].Health == "quarantined" || p.Members[2].Health == "quarantined" {
		t.Errorf("%d lost, %d and then %d wrong, after %v: %+v", f.lost, before, f.wrong, found, p)
	}
}
