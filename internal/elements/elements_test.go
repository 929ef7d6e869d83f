package elements

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

func picture(answered uint64) door.Picture {
	return door.Picture{
		Branch: "north", Group: "a", Epoch: 3, Mode: "quorum", State: "serving", Questions: answered, Released: answered,
		Members: []door.Member{
			{ID: "01", Make: "stdlib", Health: "healthy", Answered: answered, MeanUS: 90},
			{ID: "02", Make: "gcrypt", Health: "suspect", Answered: answered, Wrong: 1},
			{ID: "03", Make: "nettle", Health: "quarantined"},
		},
		Findings: []string{"gcrypt 02 disagreed at verb 05"},
	}
}

// watching has pictures by socket, and a clock that goes two seconds at each look.
func watching(pictures map[string]door.Picture) *Watcher {
	w := NewWatcher([]string{"one", "two"}, "")
	at := time.Unix(1000, 0)
	w.now = func() time.Time { return at }
	w.view = func(_ context.Context, socket string) (door.Picture, error) {
		p, ok := pictures[socket]
		if !ok {
			return p, errors.New("the MCU is not there")
		}
		if socket == "one" {
			at = at.Add(2 * time.Second)
		}
		return p, nil
	}
	return w
}

func text(t *testing.T, s Star) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAStarTellsBranchesGroupsElementsAndSuspicions(t *testing.T) {
	other := picture(7)
	other.Branch, other.Group = "south", "b"
	got := text(t, watching(map[string]door.Picture{"one": picture(10), "two": other}).Look(t.Context()))
	for _, want := range []string{
		"star\n├─ branch north\n│  └─ group a: serving, quorum, epoch 3, -/s\n", "└─ branch south\n   └─ group b: serving",
		"├─ ● stdlib", "├─ ◐ gcrypt", "└─ ○ nettle", "quarantined", "wrong 1", "90 µs", "! gcrypt 02 disagreed at verb 05", "10 questions: released 10",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestRatesAreCountedBetweenTwoLooks(t *testing.T) {
	pictures := map[string]door.Picture{"one": picture(10)}
	w := watching(pictures)
	if g := w.Look(t.Context()).Branches[0].Groups; g[0].PerSecond != unknown {
		t.Errorf("a rate at the first look: %v", g[0].PerSecond)
	}
	pictures["one"] = picture(35)
	g := w.Look(t.Context()).Branches[0].Groups[0]
	if g.PerSecond != 12.5 || g.Elements[0] != 12.5 || g.Elements[2] != 0 {
		t.Errorf("%v %v", g.PerSecond, g.Elements)
	}
	pictures["one"] = picture(3)
	if g := w.Look(t.Context()).Branches[0].Groups[0]; g.PerSecond != unknown || g.Elements[0] != unknown {
		t.Errorf("an MCU that counts anew has a rate: %v %v", g.PerSecond, g.Elements)
	}
}

func TestAGroupThatDoesNotAnswerIsShownAndNotForgotten(t *testing.T) {
	pictures := map[string]door.Picture{"one": picture(10), "two": picture(10)}
	w := watching(pictures)
	w.Look(t.Context())
	delete(pictures, "one")
	s := w.Look(t.Context())
	if len(s.Branches) != 1 || len(s.Branches[0].Groups) != 2 {
		t.Fatalf("%+v", s)
	}
	got := text(t, s)
	if !strings.Contains(got, "group a: unreachable (the MCU is not there)") || strings.Count(got, "unknown") != 3 {
		t.Error(got)
	}
	if got := text(t, watching(nil).Look(t.Context())); !strings.Contains(got, "group one: unreachable") {
		t.Error(got)
	}
}

func TestAnMCUIsAskedThroughItsDoor(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "mcu")
	answers := make(chan any, 2)
	serve(t, socket, answers)
	b, err := json.Marshal(picture(5))
	if err != nil {
		t.Fatal(err)
	}
	answers <- door.Viewed{Picture: b}
	if p, err := View(t.Context(), socket); err != nil || p.Questions != 5 || len(p.Members) != 3 {
		t.Errorf("%+v %v", p, err)
	}
	answers <- door.Viewed{Picture: []byte("{")}
	if _, err := View(t.Context(), socket); !errors.Is(err, errPicture) {
		t.Errorf("half a picture: %v", err)
	}
	if _, err := View(t.Context(), socket+"-not"); err == nil {
		t.Error("a picture of nobody")
	}
}

// serve answers each connection's View with the next answer.
func serve(t *testing.T, socket string, answers <-chan any) {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if kind, _, err := frame.Read(conn, maxFrame); err == nil && kind == door.KindView {
				_ = frame.Send(conn, door.KindView|door.KindAnswer, <-answers)
			}
			_ = conn.Close()
		}
	}()
}
