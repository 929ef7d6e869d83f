package central

import (
	"testing"
	"time"

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
