package applications

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
)

// budget is what an application may use in each second: calls of the app world, and
// time that its calls run. What is not used in one second is gone in the next.
type budget struct {
	calls float64       // that may begin now
	run   time.Duration // that may be used now; below zero after a long call
	at    time.Time
}

// allows reports whether a call may begin now, and counts it.
func (b *budget) allows(q entitlement.Quotas, now time.Time) bool {
	share := time.Duration(q.CPUMillis) * time.Millisecond
	gone := min(now.Sub(b.at), time.Hour) // the first time, and after a long rest: all
	b.calls = min(b.calls+gone.Seconds()*float64(q.CallsPerSecond), float64(q.CallsPerSecond))
	b.run = min(b.run+time.Duration(gone.Seconds()*float64(share)), share)
	b.at = now
	if b.calls < 1 || b.run <= 0 {
		return false
	}
	b.calls--
	return true
}

func (b *budget) used(d time.Duration) { b.run -= d }
