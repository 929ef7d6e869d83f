package overseer

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

func TestTheDoorAnswersWhatItDraws(t *testing.T) {
	w := newWorld(t, 3, door.ModeQuorum, nil)
	w.open()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.overseer.Serve(ctx, l) }()
	defer func() { cancel(); <-done }()
	link := Dial(path)
	do := func(kind byte, body []byte) (byte, []byte) {
		t.Helper()
		k, b, err := link.Do(t.Context(), kind, body)
		if err != nil {
			t.Fatal(err)
		}
		return k, b
	}
	var d client.Description
	if k, b := do(client.KindDescribe, nil); k != client.KindDescribe|client.KindAnswer || frame.Parse(b, &d) != nil || len(d.Confirmations) != 3*door.ConfirmationSize {
		t.Errorf("description %x", k)
	}
	questions := w.questions(5)
	if k, b := do(client.KindAsk, append([]byte{0, 5}, door.AppendAsk(nil, questions, false)[3:]...)); k != client.KindAsk|client.KindAnswer {
		t.Errorf("released %x", k)
	} else if r, err := client.ParseReleases(b); err != nil || len(r) != 5 || r[4].SIV != truth(&questions[4]).SIV || len(r[0].Votes) < 2 {
		t.Errorf("releases %v", err)
	}
	var v client.Viewed
	var p client.Picture
	if k, b := do(client.KindView, nil); k != client.KindView|client.KindAnswer || frame.Parse(b, &v) != nil || json.Unmarshal(v.Picture, &p) != nil || p.Group != "g1" {
		t.Errorf("view %x", k)
	}
	open, err := frame.Append(nil, door.Open{Group: door.GroupID{'g', '1'}, Epoch: w.epoch + 9})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kind byte
		body []byte
		code door.Code
	}{
		"no such kind":     {9, nil, door.CodeMalformed},
		"a body too long":  {client.KindDescribe, []byte{1}, door.CodeMalformed},
		"no questions":     {client.KindAsk, []byte{0, 0}, door.CodeMalformed},
		"half a question":  {client.KindAsk, []byte{0, 1, 7}, door.CodeMalformed},
		"of another epoch": {client.KindOpen, open, door.CodeEpoch},
	} {
		if k, b := do(c.kind, c.body); k != client.KindRefusal || len(b) != 2 || door.Code(b[0]) != c.code {
			t.Errorf("%s: %x %x", name, k, b)
		}
	}
}

func TestReleasesAreCutToOneFrame(t *testing.T) {
	releases := make([]client.Release, door.MaxQuestions)
	for i := range releases {
		releases[i] = client.Release{Votes: make([]client.Vote, 7), Body: make([]byte, 200)}
	}
	size := cut(releases)
	b := client.AppendReleases(nil, releases)
	back, err := client.ParseReleases(b)
	if err != nil || len(b) > door.MaxBody || len(b) != size || len(back) != len(releases) {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if back[0].Code != door.CodeAnswered || back[door.MaxQuestions-1].Code != door.CodeUnavailable {
		t.Error("not the first were kept")
	}
}

func FuzzHandleNeverPanics(f *testing.F) {
	o, err := New(Config{Group: "g", Mode: door.ModeSingle, Members: []Link{Dial("nowhere")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(byte(client.KindAsk), []byte{0, 1})
	f.Add(byte(client.KindOpen), make([]byte, 300))
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		if out := o.Handle(t.Context(), kind, body); len(out) < 1 {
			t.Fatal("no answer")
		}
	})
}
