package overseer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// disagree has the member 1 lie, and returns the file of evidence.
func disagree(t *testing.T, behave func(d *double)) (w *world, path string) {
	t.Helper()
	w = newWorld(t, 3, door.ModeQuorum, nil)
	w.open()
	d := w.doubles[1]
	d.set(func() { behave(d) })
	w.insist(1)
	w.until("evidence", func(client.Picture) bool {
		files, _ := filepath.Glob(filepath.Join(w.overseer.config.Evidence, "disagreement-*.json"))
		if len(files) > 0 {
			path = files[0]
		}
		return path != ""
	})
	w.until("conclusion", func(p client.Picture) bool { return p.Members[1].Wrong > 0 })
	return w, path
}

func liar(d *double) { d.behave.lie, d.behave.perjure = flip, flip }

func TestEvidenceConvincesWhoTrustsTheAuthoritiesAlone(t *testing.T) {
	w, path := disagree(t, liar)
	e, err := ReadEvidence(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := VerifyEvidence(e, w.by)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := w.overseer.View(t.Context())
	if len(v.Differ) != 1 || v.Differ[0] != p.Members[1].ID || len(v.Agree) != 2 || len(e.Answers) < 2 {
		t.Errorf("%+v", v)
	}
}

func TestEvidenceThatSomebodyChangedProvesNothing(t *testing.T) {
	w, path := disagree(t, liar)
	for name, change := range map[string]func(e *Evidence){
		"nothing":             nil,
		"a testimony":         func(e *Evidence) { e.Testimonies[0].Answer[5] ^= 1 },
		"a signature":         func(e *Evidence) { e.Testimonies[1].Signature[9] ^= 1 },
		"who said it":         func(e *Evidence) { e.Testimonies[0].Member, e.Testimonies[1].Member = 1, 0 },
		"a voice for two":     func(e *Evidence) { e.Testimonies[1] = e.Testimonies[0] },
		"the question":        func(e *Evidence) { e.Question[30] ^= 1 },
		"the question's tail": func(e *Evidence) { e.Question = append(e.Question, 0) },
		"the transcript":      func(e *Evidence) { e.Transcript[9] ^= 1 },
		"no testimonies":      func(e *Evidence) { e.Testimonies = nil },
		"one of the majority": func(e *Evidence) { e.Testimonies = e.Testimonies[1:] },
		"the liar left out":   func(e *Evidence) { e.Testimonies = append(e.Testimonies[:1:1], e.Testimonies[2]) },
		"a member of none":    func(e *Evidence) { e.Testimonies[2].Member = 3 },
	} {
		e, err := ReadEvidence(path)
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(e)
		}
		if _, err := VerifyEvidence(e, w.by); (err == nil) != (change == nil) {
			t.Errorf("changed %s: %v", name, err)
		}
	}
	stranger := newWorld(t, 1, door.ModeSingle, nil)
	if e, err := ReadEvidence(path); err != nil {
		t.Fatal(err)
	} else if _, err := VerifyEvidence(e, stranger.by); err == nil {
		t.Error("evidence of strangers' elements was believed")
	}
}

func TestALieThatIsNotSignedIsKeptButProvesNothing(t *testing.T) {
	w, path := disagree(t, func(d *double) { d.behave.lie = flip })
	e, err := ReadEvidence(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyEvidence(e, w.by); err == nil {
		t.Error("a claim of the overseer was taken for proof")
	}
}

func TestEvidenceIsReadWithinLimits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e")
	for name, text := range map[string][]byte{"not JSON": []byte("x"), "too long": make([]byte, maxEvidenceFile+1)} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadEvidence(path); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzVerifyEvidenceNeverPanics(f *testing.F) {
	f.Add([]byte(`{"transcript":"AAAA","question":"AAAA","testimonies":[{"member":0,"answer":"","signature":""}]}`))
	f.Add(make([]byte, 200))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e Evidence
		if json.Unmarshal(b, &e) != nil {
			e = Evidence{Transcript: b, Question: b, Testimonies: []Signed{{Member: len(b), Answer: b, Signature: b}}}
		}
		if _, err := VerifyEvidence(&e, Authorities{}); err == nil {
			t.Fatal("nobody vouched for anything")
		}
	})
}
