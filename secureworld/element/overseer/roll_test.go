package overseer

import (
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// clock stands still until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func newClock() *clock { return &clock{now: time.Unix(1_700_000_000, 0)} }

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// idle is a group that nobody asks anything, under a clock of its own.
func idle(t *testing.T) (*world, *clock) {
	t.Helper()
	c := newClock()
	w := newWorld(t, 3, door.ModeQuorum, func(config *Config) { config.Clock = c.Now })
	w.until("an epoch", serving)
	return w, c
}

func TestAnIdleOverseerNoticesAnElementThatLostItsSecret(t *testing.T) {
	t.Parallel()
	w, c := idle(t)
	first := w.until("", serving).Epoch
	w.doubles[1].restart()
	p := w.until("a new epoch, once it is time to ask", func(p client.Picture) bool {
		c.advance(rollEvery / 8)
		return p.Epoch > first && serving(p) && health(p, 1) == "healthy"
	})
	if p.Because == "" || p.Questions != 0 {
		t.Errorf("%+v", p)
	}
}

func TestAnIdleOverseerNoticesAnElementThatDiedAndItsReturn(t *testing.T) {
	t.Parallel()
	w, c := idle(t)
	first := w.until("", serving).Epoch
	d := w.doubles[2]
	d.restart()
	d.set(func() { d.behave.silent = true })
	w.until("its silence", func(p client.Picture) bool { c.advance(rollEvery / 8); return health(p, 2) == "gone" })
	d.set(func() { d.behave.silent = false })
	w.until("a new epoch", func(p client.Picture) bool {
		c.advance(time.Second / 8)
		return p.Epoch > first && serving(p) && health(p, 2) == "healthy"
	})
}

func TestAnIdleOverseerBeginsNoEpochWithoutNeed(t *testing.T) {
	t.Parallel()
	w, c := idle(t)
	first := w.until("", serving).Epoch
	asked := func() (n int) {
		w.doubles[0].set(func() { n = w.doubles[0].inquired })
		return n
	}
	for range 3 {
		before := asked()
		w.until("to be asked how one is", func(client.Picture) bool { c.advance(rollEvery / 8); return asked() > before })
	}
	if p := w.until("", serving); p.Epoch != first || p.Aborts != 0 {
		t.Errorf("%+v", p)
	}
}
