package overseer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// quarantined is a world whose member 1 was found lying.
func quarantined(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, 3, door.ModeQuorum, func(c *Config) { c.Rules = DefaultRules(); c.Rules.Clean = 20 })
	w.open()
	d := w.doubles[1]
	d.set(func() { liar(d) })
	w.insist(1)
	w.until("quarantine", func(p client.Picture) bool { return health(p, 1) == "quarantined" && serving(p) && p.Epoch > w.epoch })
	w.open()
	return w
}

func TestProbationIsAShadowThatEndsWellOrAtOnce(t *testing.T) {
	w := quarantined(t)
	d := w.doubles[1]
	p, _ := w.overseer.View(t.Context())
	id := p.Members[1].ID
	if w.overseer.Readmit("nobody") {
		t.Error("nobody was readmitted")
	}
	file := QuarantineFile(w.overseer.config.Evidence, id)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	w.until("probation", func(p client.Picture) bool { return health(p, 1) == "probation" && serving(p) && p.Epoch > w.epoch })
	w.open()
	w.insist(1) // it lies still: nothing wrong leaves, and that was its probation
	w.until("quarantine again", func(p client.Picture) bool { return health(p, 1) == "quarantined" && p.Epoch > w.epoch })
	w.open()
	d.set(func() { d.behave.lie, d.behave.perjure = nil, nil })
	if !w.overseer.Readmit(id) {
		t.Fatal("not readmitted")
	}
	w.until("probation again", func(p client.Picture) bool { return health(p, 1) == "probation" && serving(p) && p.Epoch > w.epoch })
	w.open()
	first := w.epoch
	w.insist(19)
	p, _ = w.overseer.View(t.Context())
	if health(p, 1) != "probation" {
		t.Errorf("%s after 19 right answers of 20", health(p, 1))
	}
	w.insist(1)
	w.until("health", func(p client.Picture) bool { return health(p, 1) == "healthy" && p.Epoch > first && serving(p) })
}

func TestAShadowsAnswersDoNotCount(t *testing.T) {
	t.Parallel()
	w := quarantined(t)
	d := w.doubles[1]
	d.set(func() { d.behave.lie, d.behave.perjure = nil, nil })
	p, _ := w.overseer.View(t.Context())
	w.overseer.Readmit(p.Members[1].ID)
	w.until("probation", func(p client.Picture) bool { return health(p, 1) == "probation" && serving(p) && p.Epoch > w.epoch })
	w.open()
	other := w.doubles[2]
	other.set(func() { other.behave.silent = true })
	if n, _ := w.ask(1); n != 0 {
		t.Error("one element and a shadow released an answer")
	}
}

func TestAQuarantineOutlivesItsOverseer(t *testing.T) {
	w := quarantined(t)
	c := w.overseer.config
	second, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	go second.Run(t.Context()) //nolint:errcheck // ends with the test
	w.overseer = second
	p := w.until("an epoch", serving)
	if health(p, 1) != "quarantined" {
		t.Errorf("%+v", p.Members)
	}
	if files, _ := filepath.Glob(filepath.Join(c.Evidence, "quarantined-*")); len(files) != 1 {
		t.Errorf("%v", files)
	}
}
