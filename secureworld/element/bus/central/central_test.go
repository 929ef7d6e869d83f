package central

import (
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

func TestRatesAreOfOneBranchAndNeverBelowZero(t *testing.T) {
	c := &Centre{last: map[string]sample{}}
	pictures := func(questions uint64) []overseer.Picture {
		return []overseer.Picture{
			{Branch: "north", State: "serving", Questions: questions},
			{Branch: "north", State: "stopped", Questions: 5},
			{Branch: "south", State: "serving", Questions: 1 << 40},
		}
	}
	now := time.Unix(1000, 0)
	for _, step := range []struct {
		questions        uint64
		in               int64
		wantRate, wantIn float64
	}{
		{100, 1000, 0, 0}, // nothing to compare with yet
		{300, 5000, 100, 2000},
		{0, 0, 0, 0}, // an MCU and a link that began anew
		{50, 10, 25, 5},
	} {
		b := Branch{Name: "north"}
		c.count(&b, pictures(step.questions), Traffic{BytesIn: step.in}, now)
		if b.Questions != step.wantRate || b.BytesIn != step.wantIn || b.Groups != 2 || b.Serving != 1 {
			t.Errorf("%+v: %+v", step, b)
		}
		now = now.Add(2 * time.Second)
	}
}

func TestAPictureIsOfTheGroupThatWasAsked(t *testing.T) {
	r := &registry.Record{Branch: "north", Group: "g1", Epoch: 3, State: registry.Serving, Makes: []string{"stdlib"}}
	if p := missing(r); p.State != "stopped" || len(p.Findings) != 1 || len(p.Members) != 1 {
		t.Errorf("a group that is silent: %+v", p)
	}
	p := placed(r, overseer.Picture{Branch: "south", Group: "g9", State: "serving"})
	if p.Branch != "north" || p.Group != "g1" {
		t.Errorf("it passes for another: %+v", p)
	}
	r.State = registry.Draining
	if p := placed(r, p); p.State != registry.Draining {
		t.Errorf("it drains: %+v", p)
	}
}

func TestBranchesWithoutARegistryOfTheirOwnAreShownToo(t *testing.T) {
	c := &Centre{config: Config{Branches: []bus.Branch{{Name: "centre"}, {Name: "north", Domain: "north"}}}}
	var names []string
	for _, b := range c.branches([]overseer.Picture{{Branch: "south"}, {Branch: "north"}, {Branch: "south"}}) {
		names = append(names, b.Name)
	}
	if got := strings.Join(names, " "); got != "centre north south" {
		t.Error(got)
	}
}

func TestASuspicionIsInThePictureWhateverTheGroupSays(t *testing.T) {
	d := doubted{"north.g1": "suspected by audit: it lies"}
	p, other := overseer.Picture{Branch: "north", Group: "g1", State: "serving"}, overseer.Picture{Branch: "north", Group: "g2", State: "serving"}
	d.mark(&p)
	d.mark(&other)
	if p.State != suspected || len(p.Findings) != 1 || other.State != "serving" || len(other.Findings) != 0 {
		t.Errorf("%+v %+v", p, other)
	}
}
