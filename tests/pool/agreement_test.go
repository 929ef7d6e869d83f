package pool

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

func TestWhoAccusesFalselyIsNamedAndNotWhoIsAccused(t *testing.T) {
	s := newSite(t)
	began := s.turn()
	g := s.group("g", "quorum", with(2, "-trait", "accuse"))
	p := g.await("an epoch without it", func(p door.Picture) bool {
		return p.State == "serving" && p.Members[2].Health == "quarantined"
	})
	found := time.Since(began)
	if p.Members[0].Health != "healthy" || p.Members[1].Health != "healthy" || p.Aborts == 0 {
		t.Errorf("%+v", p)
	}
	f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
	f.more(s, 100)
	f.hold(t, result{Case: "accuses another of a false confirmation", Found: "the accuser, by those who saw the same", FoundMS: ms(found)})
}

func TestOfTwoThatAccuseEachOtherOneIsLeftAsideAndNothingWrongLeaves(t *testing.T) {
	s := newSite(t)
	began := s.turn()
	g := s.group("g", "quorum", with(2, "-trait", "accuse-sealed")) // the first of each agreement
	p := g.await("an epoch of two", func(p door.Picture) bool { return p.State == "serving" && p.Members[2].Health == "aside" })
	found := time.Since(began)
	for i, m := range p.Members {
		if m.Health == "quarantined" {
			t.Errorf("member %d is quarantined on one word", i)
		}
	}
	f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
	f.more(s, 100)
	f.hold(t, result{Case: "says that a sealed contribution was bad", Found: "suspected, left aside", FoundMS: ms(found)})
}

func TestWhoSendsOneMemberABadContributionStandsAgainstAllInTheEnd(t *testing.T) {
	s := newSite(t)
	began := s.turn()
	g := s.group("g", "quorum", with(2, "-trait", "bias-one"))
	p := g.await("an epoch without it", func(p door.Picture) bool {
		return p.State == "serving" && p.Members[2].Health == "quarantined" && p.Members[0].Health == "suspect" && p.Members[1].Health == "suspect"
	})
	found := time.Since(began)
	if p.Aborts != 2 {
		t.Errorf("it was named on the word of one: %+v", p)
	}
	f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
	f.more(s, 100)
	f.hold(t, result{Case: "contributes otherwise to one member than it committed", Found: "it stood against two, quarantined", FoundMS: ms(found)})
}

func TestAnIdleMCUTakesBackAnElementThatWasStartedAgain(t *testing.T) {
	s := newSite(t)
	g := s.group("g", "quorum", makes())
	g.serving(3)
	before := g.picture().Epoch
	end(g.elements[2])
	began := time.Now()
	s.start("nettle", g.sockets[2], g.elements[2].Args[3:]...)
	p := g.await("an epoch with it", func(p door.Picture) bool {
		return p.Epoch > before && p.State == "serving" && p.Members[2].Health == "healthy"
	})
	back := time.Since(began)
	if p.Questions != 0 {
		t.Errorf("somebody asked: %+v", p)
	}
	f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
	f.more(s, 100)
	f.hold(t, result{Case: "started again while nobody asks", Found: "taken back by a new epoch", FoundMS: ms(back)})
}

func TestTwoThatDifferStopUntilTheOperatorNamesTheLiar(t *testing.T) {
	s := newSite(t)
	two := func(traits ...string) []element {
		return []element{{make: "stdlib"}, {make: "gcrypt", traits: traits}}
	}
	g := s.group("g", "dual", two("-trait", "wrong-for", "-every", "10"), "-alone")
	sibling := s.group("h", "dual", two())
	g.serving(2)
	sibling.serving(2)
	client := s.client("client", pool.Dial(g.socket), pool.Dial(sibling.socket))
	f := newBook(t, s.world).ask(t, client)
	f.more(s, 200)
	turned := s.turn()
	p := g.await("stop", func(p door.Picture) bool { return p.State == "stopped" && p.Reason != "" })
	found := time.Since(turned)
	f.more(s, 100) // of the sibling
	for i, m := range p.Members {
		if m.Health != "suspect" {
			t.Errorf("member %d is %s, and nobody can tell who lies", i, m.Health)
		}
	}
	g.arbitrate(p.Members[1].ID)
	g.await("to go on with one", func(p door.Picture) bool {
		return p.State == "serving" && p.Mode == "single" && p.Members[1].Health == "quarantined"
	})
	f.more(s, 200)
	f.hold(t, result{Case: "two differ", Found: "stopped; the operator names the liar", FoundMS: ms(found)})
}

// arbitrate has the operator name the liar.
func (g *group) arbitrate(liar string) {
	g.site.Helper()
	c := exec.Command(filepath.Join(built, "mcu"), "arbitrate", "-evidence", g.site.path(g.name+"-evidence"), liar) //nolint:gosec,noctx // own program
	if out, err := c.CombinedOutput(); err != nil {
		g.site.Fatalf("arbitrate: %v: %s", err, out)
	}
}
