package reach

import (
	"flag"
	"io"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

func open(t *testing.T, f Flags) *Way {
	t.Helper()
	w, err := Open(t.Context(), f, subject.Client, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func TestSocketsAreGroupsWithOrWithoutAName(t *testing.T) {
	w := open(t, Flags{MCUs: "demo/lane=/run/a,/run/b,odd=name"})
	groups := w.Groups()
	if len(groups) != 3 || groups[0].Name != "demo/lane" || groups[1].Name != "/run/b" || groups[2].Name != "odd=name" {
		t.Fatalf("%+v", groups)
	}
	named, ok := groups[0].Carrier.(interface{ Name() (string, string) })
	if !ok {
		t.Fatal("a named group has no name")
	}
	if branch, group := named.Name(); branch != "demo" || group != "lane" {
		t.Error(branch, group)
	}
	for _, g := range groups {
		if w.Name(g.Carrier) != g.Name {
			t.Errorf("%s is %s", g.Name, w.Name(g.Carrier))
		}
	}
	w.Avoid("demo/lane")
	if list := w.Carriers(); len(list) != 2 || list[0] != groups[1].Carrier {
		t.Error("a group to be avoided is asked")
	}
	if w.Name(pool.Dial("/run/c")) != "" {
		t.Error("a stranger has a name")
	}
}

func TestABusThatIsNotThereHoldsNobodyUp(t *testing.T) {
	waits := make(chan struct{})
	w, err := Open(t.Context(), Flags{Star: "nats://127.0.0.1:1", Name: "a"}, subject.Client, func() { close(waits) })
	if err != nil {
		t.Fatal(err)
	}
	<-waits
	if len(w.Groups()) != 0 || w.Conn() != nil {
		t.Error("groups of nowhere")
	}
	w.Close()
}

func TestWhatCannotBeIsRefusedAtOnce(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for name, f := range map[string]Flags{
		"no authority": {Star: "nats://127.0.0.1:1", Name: "a", Authority: none},
		"no seed":      {Star: "nats://127.0.0.1:1", Name: "a", Seed: none},
		"no name":      {Star: "nats://127.0.0.1:1"},
	} {
		if w, err := Open(t.Context(), f, subject.Client, nil); err == nil {
			w.Close()
			t.Errorf("%s: opened", name)
		}
	}
}

func TestTheFlagsOfAProgramAreRead(t *testing.T) {
	var f Flags
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	f.Register(set, "acquirer")
	if f.Given() {
		t.Error("given before anything is")
	}
	if err := set.Parse([]string{"-star", "nats://a", "-star-branches", "north,south"}); err != nil || !f.Given() || f.Name != "acquirer" || f.Branches != "north,south" {
		t.Errorf("%v %+v", err, f)
	}
}
