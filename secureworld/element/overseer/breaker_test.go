package overseer

import (
	"testing"
	"time"
)

func TestABreakerOpensProbesAndCloses(t *testing.T) {
	now := time.Unix(0, 0)
	var b breaker
	for range breakAfter - 1 {
		b.failed(now)
	}
	if !b.allow(now) {
		t.Fatal("open before its time")
	}
	b.failed(now)
	if b.allow(now) || !b.open() {
		t.Fatal("still closed")
	}
	b.failed(now.Add(time.Hour)) // asked before it opened: moves nothing
	now = now.Add(breakFirst)
	if !b.allow(now) || b.allow(now) {
		t.Fatal("half open lets one through")
	}
	b.failed(now)
	if b.allow(now.Add(breakFirst)) || !b.allow(now.Add(2*breakFirst)) {
		t.Fatal("a failed probe doubles the wait")
	}
	b.succeeded()
	if b.open() || !b.allow(now) || !b.allow(now) {
		t.Fatal("a probe that succeeds closes")
	}
}

func TestABreakersWaitHasABound(t *testing.T) {
	now := time.Unix(0, 0)
	var b breaker
	for range breakAfter + 20 {
		b.failed(now)
		now = now.Add(breakLongest)
		if !b.allow(now) {
			t.Fatal("waits longer than the longest")
		}
	}
}
