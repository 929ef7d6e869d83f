package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func kept(t *testing.T) (string, [][]byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit")
	for _, act := range []string{"init", "certify", "release", "device"} {
		l, err := Open(path) // as each command does
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Add(Entry{Time: time.Unix(1, 0), Who: "manufacturer acme, alice", Act: act, Subject: "a <b> & c"}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, bytes.SplitAfter(bytes.TrimSuffix(b, nil), []byte("\n"))[:4]
}

func TestActsAreKeptInOrder(t *testing.T) {
	path, _ := kept(t)
	entries, head, err := Read(path)
	if err != nil || len(entries) != 4 || entries[3].Act != "device" || entries[3].Number != 4 || len(head) != 64 {
		t.Fatalf("%+v %q %v", entries, head, err)
	}
	l, err := Open(path)
	if err != nil || l.Head() != head {
		t.Errorf("%q, %v", l.Head(), err)
	}
}

func TestARecordThatWasChangedIsFound(t *testing.T) {
	path, lines := kept(t)
	join := func(l ...[]byte) []byte { return bytes.Join(l, nil) }
	for name, b := range map[string][]byte{
		"a line changed":     join(lines[0], bytes.Replace(lines[1], []byte("certify"), []byte("certifi"), 1), lines[2], lines[3]),
		"a line left out":    join(lines[0], lines[2], lines[3]),
		"the first left out": join(lines[1:]...),
		"two exchanged":      join(lines[0], lines[2], lines[1], lines[3]),
		"one twice":          join(lines[0], lines[1], lines[1]),
		"half a line":        join(lines[0], lines[1][:20]),
		"a field more":       join(bytes.Replace(lines[0], []byte("{"), []byte(`{"x":1,`), 1)),
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Read(path); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Open(path); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: opened: %v", name, err)
		}
	}
}

func FuzzCanonicalLine(f *testing.F) {
	f.Add([]byte(`{"number":1,"time":"2026-05-01T00:00:00Z","who":"a","act":"b"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := parse(line)
		if err != nil {
			return
		}
		if again, err := json.Marshal(e); err != nil || !bytes.Equal(again, line) {
			t.Fatalf("%q became %q", line, again)
		}
	})
}
