package registry

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"
)

func TestARecordIsOfTheKeyItStandsUnder(t *testing.T) {
	good := `{"branch":"north","group":"g1","epoch":3,"state":"serving","makes":["stdlib"],"servers":{"a":"2026-01-02T03:04:05Z"}}`
	r, err := ParseRecord("north.g1", []byte(good))
	if err != nil || r.Epoch != 3 {
		t.Fatal(r, err)
	}
	for name, c := range map[string][2]string{
		"another group":    {"north.g2", good},
		"another branch":   {"south.g1", good},
		"no key":           {"north", good},
		"a wildcard":       {"north.*", good},
		"no JSON":          {"north.g1", "serving"},
		"no state":         {"north.g1", `{"branch":"north","group":"g1"}`},
		"an unknown state": {"north.g1", `{"branch":"north","group":"g1","state":"best"}`},
		"a server's name":  {"north.g1", `{"branch":"north","group":"g1","state":"serving","servers":{"a.b":"2026-01-02T03:04:05Z"}}`},
		"too long":         {"north.g1", good + string(make([]byte, MaxRecord))},
		"too many makes":   {"north.g1", `{"branch":"north","group":"g1","state":"serving","makes":["","","","","","","",""]}`},
	} {
		if _, err := ParseRecord(c[0], []byte(c[1])); err == nil {
			t.Error(name, "is taken")
		}
	}
}

func TestAnEpochNeverGoesBack(t *testing.T) {
	var r Record
	now := time.Unix(1000, 0)
	if r.Enlist("a", 5, nil, now) != nil || r.Enlist("b", 5, nil, now) != nil || r.Enlist("a", 6, nil, now) != nil {
		t.Fatal("an epoch that goes on is refused")
	}
	if err := r.Enlist("b", 5, nil, now); !errors.Is(err, ErrEpoch) || r.Epoch != 6 {
		t.Fatal(r.Epoch, err)
	}
}

func TestServersThatAreSilentAreForgotten(t *testing.T) {
	now := time.Unix(1000, 0)
	r := Record{Servers: map[string]time.Time{"old": now.Add(-time.Minute), "new": now}}
	r.Expire(now.Add(-time.Second))
	if len(r.Servers) != 1 || r.Servers["new"].IsZero() {
		t.Fatal(maps.Keys(r.Servers))
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"branch":"north","group":"g1","epoch":3,"state":"serving","servers":{"a":"2026-01-02T03:04:05Z"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRecord("north.g1", b)
		if err != nil {
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRecord("north.g1", again); err != nil && len(again) <= MaxRecord {
			t.Fatalf("%q: %v", again, err)
		}
	})
}
