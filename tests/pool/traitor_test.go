package pool

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// makes are three honest elements.
func makes() []element {
	return []element{{make: "stdlib"}, {make: "gcrypt"}, {make: "nettle"}}
}

// with has one of three be a traitor.
func with(at int, traits ...string) []element {
	m := makes()
	m[at].traits = traits
	return m
}

func TestThreeMakesAnswerAsOne(t *testing.T) {
	for _, mode := range []string{"quorum", "dual", "single"} {
		t.Run(mode, func(t *testing.T) {
			s := newSite(t)
			g := s.group("g", mode, makes())
			g.serving(3)
			f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
			f.more(s, 800)
			f.hold(t, result{Case: "honest, " + mode, Found: "nothing"})
			if p := g.picture(); p.Disagreements != 0 {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestATraitorIsNamedAndQuarantined(t *testing.T) {
	for name, c := range map[string]struct {
		mode   string
		at     int
		traits []string
		proven bool // by its own signature
	}{
		"every answer has a wrong bit":         {"quorum", 0, []string{"-trait", "wrong-for", "-every", "1"}, true},
		"one answer in 20 has a wrong bit":     {"quorum", 1, []string{"-trait", "wrong", "-every", "20"}, false},
		"lies about one input in 20":           {"quorum", 2, []string{"-trait", "wrong-for", "-every", "20"}, true},
		"fill of its own choice":               {"quorum", 0, []string{"-trait", "chance"}, true},
		"fill of its own choice, now and then": {"quorum", 2, []string{"-trait", "chance", "-every", "5"}, false},
		"replays old answers":                  {"quorum", 1, []string{"-trait", "replay"}, false},
		"a wrong bit, two of three asked":      {"dual", 1, []string{"-trait", "wrong-for", "-every", "20"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			g := s.group("g", c.mode, with(c.at, c.traits...))
			g.serving(3)
			client := s.client("client", pool.Dial(g.socket))
			f := newBook(t, s.world).ask(t, client)
			f.more(s, 200)
			before := g.picture().Epoch
			turned := s.turn()
			p := g.await("quarantine", func(p door.Picture) bool {
				return p.Members[c.at].Health == "quarantined" && p.Epoch > before && p.State == "serving"
			})
			found := time.Since(turned)
			f.more(s, 400)
			f.hold(t, result{Case: name, Found: "quarantined, left out of the next epoch", FoundMS: ms(found)})
			for i, m := range p.Members {
				if i != c.at && m.Health != "healthy" {
					t.Errorf("an honest element is %s", m.Health)
				}
			}
			if c.proven {
				g.proves(p.Members[c.at].ID)
			}
		})
	}
}

func TestAloneATraitorIsFoundByAudit(t *testing.T) {
	s := newSite(t)
	g := s.group("g", "single", with(1, "-trait", "wrong-for", "-every", "2"))
	g.serving(3)
	f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
	f.more(s, 200)
	if n := f.wrongs(); n != 0 {
		t.Fatalf("%d wrong answers of honest elements", n)
	}
	turned := s.turn()
	p := g.await("quarantine", func(p door.Picture) bool { return p.Members[1].Health == "quarantined" && p.State == "serving" })
	found := time.Since(turned)
	f.stop()
	results.add(t, result{
		Case: "single and 5 % audit: lies about one input in 2", Found: "quarantined", FoundMS: ms(found), Answers: f.answers,
		Wrong: f.wrong, Lost: f.lost, WorstMS: ms(f.worst), Released: uint64(f.wrong), //nolint:gosec // few
	})
	if f.lost != 0 || p.Audited == 0 || found > generous || p.Members[0].Health == "quarantined" || p.Members[2].Health == "quarantined" {
		t.Errorf("%d lost, after %v: %+v", f.lost, found, p)
	}
}

// proves has the MCU's program, as a third party runs it, name the traitor by a file of
// evidence.
func (g *group) proves(id string) {
	g.site.Helper()
	g.site.until("evidence that proves", func() bool {
		files, _ := filepath.Glob(g.site.path(g.name + "-evidence/disagreement-*.json"))
		for _, file := range files {
			out, err := exec.Command(filepath.Join(built, "mcu"), "evidence", "-mcu", g.site.path(g.name+"-mcu"), file).Output() //nolint:gosec,noctx // own program
			if _, differ, ok := strings.Cut(string(out), "signed otherwise: "); err == nil && ok && strings.Contains(differ, id) {
				return true
			}
		}
		return false
	})
}

func TestASlowOrSilentElementCostsNoAnswers(t *testing.T) {
	for name, trait := range map[string]string{"silent": "silent", "200 ms slow": "delay"} {
		for _, mode := range []string{"quorum", "dual"} {
			t.Run(name+" "+mode, func(t *testing.T) {
				s := newSite(t)
				g := s.group("g", mode, with(1, "-trait", trait))
				g.serving(3)
				f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
				f.more(s, 100)
				s.turn()
				f.more(s, 400)
				f.hold(t, result{Case: "one is " + name + ", " + mode, Found: "left alone, not accused"})
				if p := g.picture(); p.Members[1].Health == "quarantined" || p.Disagreements != 0 {
					t.Errorf("silence was taken for a lie: %+v", p)
				}
			})
		}
	}
}

func TestABiasedContributionIsNamedBeforeThereIsASecret(t *testing.T) {
	s := newSite(t)
	began := s.turn()
	g := s.group("g", "quorum", with(2, "-trait", "bias"))
	g.await("an epoch without it", func(p door.Picture) bool {
		return p.State == "serving" && p.Members[2].Health == "quarantined"
	})
	found := time.Since(began)
	f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
	f.more(s, 100)
	f.hold(t, result{Case: "contribution that was not committed to", Found: "named in the agreement", FoundMS: ms(found)})
}

func TestAnElementThatDiesAndComesBackCostsNoAnswers(t *testing.T) {
	s := newSite(t)
	g := s.group("g", "quorum", makes())
	g.serving(3)
	f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
	f.more(s, 200)
	before := g.picture().Epoch
	end(g.elements[1])
	f.more(s, 400)
	began := time.Now()
	args := g.elements[1].Args[1:]
	s.start("gcrypt", g.sockets[1], args[2:]...)
	g.await("an epoch with it", func(p door.Picture) bool { return p.Epoch > before && p.Members[1].Health == "healthy" })
	back := time.Since(began)
	f.more(s, 200)
	f.hold(t, result{Case: "one is killed and started again", Found: "taken back by a new epoch", FoundMS: ms(back)})
}
