package pool

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

func TestATraitorIsReplacedUnderLoadAndItsSuccessorProvesItself(t *testing.T) {
	s := newSite(t)
	g := s.group("g", "quorum", with(1, "-trait", "wrong-for", "-every", "10"))
	g.serving(3)
	f := newBook(t, s.world).ask(t, s.client("client", pool.Dial(g.socket)))
	s.turn()
	p := g.await("quarantine", func(p door.Picture) bool { return p.Members[1].Health == "quarantined" && p.State == "serving" })
	traitor := p.Members[1].ID

	// Without the operator's word a successor is left out too.
	end(g.elements[1])
	check(t, os.Remove(g.sockets[1]))
	_, c := s.elementAt(g.sockets[1], "successor", element{make: "gcrypt"})
	g.elements[1] = c
	f.more(s, 100)
	if h := g.picture().Members[1].Health; h != "quarantined" {
		t.Errorf("the successor is %s before the operator's word", h)
	}
	began := time.Now()
	readmit := exec.Command(filepath.Join(built, "mcu"), "readmit", "-evidence", s.path("g-evidence"), traitor) //nolint:gosec,noctx // own program
	check(t, readmit.Run())
	g.await("probation", func(p door.Picture) bool { return p.Members[1].Health == "probation" && p.Members[1].ID != traitor })
	g.serving(3)
	back := time.Since(began)
	f.more(s, 200)
	f.hold(t, result{Case: "a traitor is replaced", Found: "shadow first, then counted", FoundMS: ms(back)})
}
