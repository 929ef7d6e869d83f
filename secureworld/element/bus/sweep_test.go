package bus

import (
	"maps"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
)

func TestABroomTakesWhoStandsStillByItsOwnClock(t *testing.T) {
	b := broom{expiry: expiry, seen: map[string]mark{}}
	start := time.Unix(1000, 0)
	wrong := start.Add(-time.Hour) // an MCU whose clock is an hour behind
	r := &registry.Record{Branch: "north", Group: "g1", Servers: map[string]time.Time{"dead": start, "alive": wrong}}
	var dead map[string]time.Time
	for at := time.Duration(0); at <= expiry+renewInterval; at += renewInterval {
		r.Servers["alive"] = wrong.Add(at)
		if len(dead) != 0 {
			t.Fatalf("after %v already", at)
		}
		dead = b.look(r, start.Add(at), map[string]bool{})
	}
	if len(dead) != 1 || dead["dead"].IsZero() {
		t.Fatal(maps.Clone(dead))
	}
	again := maps.Clone(r.Servers)
	again["dead"] = start.Add(time.Hour) // it came back before it was struck
	back := &registry.Record{Servers: again}
	if _ = strikeDead(back, dead); len(back.Servers) != 2 {
		t.Fatal("struck although it renewed its record")
	}
	if _ = strikeDead(r, dead); len(r.Servers) != 1 {
		t.Fatal("still listed")
	}
}
