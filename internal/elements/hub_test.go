package elements

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// star is what a hub tells of two branches.
func star(answered uint64) Report {
	far := picture(answered)
	far.Branch, far.Group = "south", "b"
	return Report{
		Branches: []Link{
			{Name: "hub", Reached: true}, // nobody is there
			{Name: "north", Reached: true, Groups: 1},
			{Name: "south", Reached: true, Linked: true, Groups: 1, BytesIn: 1200, BytesOut: 300},
		},
		Groups: []door.Picture{picture(answered), far},
	}
}

func TestAHubTellsOfTheWholeStarAndAnMCUOfItself(t *testing.T) {
	w := watching(map[string]door.Picture{"one": picture(10)})
	w.sockets, w.star = []string{"one"}, "hub"
	r := star(10)
	w.report = func(context.Context, string) (Report, error) { return r, nil }
	w.Look(t.Context())
	r = star(30)
	s := w.Look(t.Context())
	got := text(t, s)
	for _, want := range []string{
		"├─ branch north: at the hub\n", "└─ branch south: linked, 1200 bytes/s in, 300 out\n", "group b: serving, quorum, epoch 3, 10.0/s",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Count(got, "group a") != 1 || strings.Contains(got, "branch hub") || s.Branches[0].Groups[0].Socket != "one" {
		t.Error(got)
	}
	w.report = func(context.Context, string) (Report, error) { return Report{}, errors.New("the hub is not there") }
	got = text(t, w.Look(t.Context()))
	if !strings.HasPrefix(got, "star: unreachable (the hub is not there)\n") || !strings.Contains(got, "group b: unreachable") || !strings.Contains(got, "group a: serving") {
		t.Error(got)
	}
}

func TestAReportIsReadAtTheHubsSocket(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "hub")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	answers := make(chan []byte, 2)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			_, _ = conn.Write(<-answers)
			_ = conn.Close()
		}
	}()
	b, err := json.Marshal(star(5))
	if err != nil {
		t.Fatal(err)
	}
	answers <- b
	if r, err := Centre(t.Context(), socket); err != nil || len(r.Groups) != 2 || len(r.Branches) != 3 {
		t.Errorf("%+v %v", r, err)
	}
	answers <- b[:9]
	if _, err := Centre(t.Context(), socket); err == nil {
		t.Error("half a report is read")
	}
	if _, err := Centre(t.Context(), socket+"-not"); err == nil {
		t.Error("a report of nobody")
	}
}
