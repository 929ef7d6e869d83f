package pool

import (
	"sync/atomic"
	"time"
)

// worthwhile is the time of a group that makes a frame worth its cost of a tenth of a
// millisecond. Elements of microseconds get frames of 64; cards, which take 50 ms for
// one question, get them one by one, so that every group has some.
const worthwhile = 5 * time.Millisecond

// pace is how long groups take for a question, as frames show it.
type pace struct{ nanoseconds atomic.Int64 }

// note takes one frame in; the pace follows slowly, since one frame may have waited.
func (p *pace) note(took time.Duration, questions int) {
	each, old := took.Nanoseconds()/int64(questions), p.nanoseconds.Load()
	if old != 0 {
		each = old + (each-old)/8
	}
	p.nanoseconds.Store(each)
}

// frame is how many questions go into a frame: as many as make it worthwhile, and no
// fewer than the share of each frame in those who wait, for a slow line looks like slow
// groups. The first are small: a full one would keep cards for longer than they are
// granted.
func (p *pace) frame(waiting, frames int) int {
	share := (waiting + frames - 1) / frames
	worth := int64(1)
	if each := p.nanoseconds.Load(); each > 0 {
		worth = worthwhile.Nanoseconds() / each
	}
	return min(max(1, share, int(worth)), maxBatch)
}

// slow tells whether one question is worth a frame.
func (p *pace) slow() bool { return p.nanoseconds.Load() >= worthwhile.Nanoseconds() }
