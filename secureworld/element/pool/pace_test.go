package pool

import (
	"testing"
	"time"
)

func TestSlowGroupsGetSmallFramesAndFastOnesLargeFrames(t *testing.T) {
	for name, c := range map[string]struct {
		took      time.Duration
		questions int
		waiting   int
		want      int
	}{
		"elements in a full frame": {600 * time.Microsecond, 64, 0, maxBatch},
		"elements one by one":      {120 * time.Microsecond, 1, 0, 41},
		"over a slow line":         {20 * time.Millisecond, 1, 0, 1},
		"and many wait":            {20 * time.Millisecond, 1, 500, 32},
		"and very many wait":       {20 * time.Millisecond, 1, 5000, maxBatch},
		"cards":                    {75 * time.Millisecond, 1, 16, 1},
		"cards in a full frame":    {4 * time.Second, 64, 1, 1},
	} {
		var p pace
		if got := p.frame(0, 16); got != 1 {
			t.Errorf("%s: nothing is known and a frame is %d", name, got)
		}
		for range 3 {
			p.note(c.took, c.questions)
		}
		if got := p.frame(c.waiting, 16); got != c.want {
			t.Errorf("%s: %d, not %d", name, got, c.want)
		}
	}
}
