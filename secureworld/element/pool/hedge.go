package pool

import (
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// hedge asks another group where one takes much longer than it usually does. The first
// answer that verifies is the caller's; one that fails changes nothing.
type hedge struct {
	timer *time.Timer

	mu   sync.Mutex // held while questions are copied, and not when they are wiped
	over bool       // the first group is heard; guarded by mu
}

// hedge begins to wait for a group that is about to be asked. nil: no other is asked,
// whatever it takes.
func (c *Client) hedge(s *site, jobs []*job, others int) *hedge {
	usual := time.Duration(s.usual.nanoseconds.Load()) // 0: not known yet
	after := max(hedgeAfter*usual, soonestHedge)
	if others == 0 || usual == 0 || after >= c.cfg.Patience {
		return nil
	}
	h := &hedge{}
	h.timer = time.AfterFunc(after, func() { h.ask(c, s, jobs) })
	return h
}

// end says that the first group is heard.
func (h *hedge) end() {
	if h == nil || h.timer.Stop() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
}

// ask copies what is still open and has a sibling of the group asked. The worker that
// waits for the group is still there, and so is the client.
func (h *hedge) ask(c *Client, late *site, jobs []*job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over || c.life.Err() != nil {
		return
	}
	twins, of := twin(jobs)
	c.wg.Go(func() {
		c.askSibling(late, twins)
		for i, t := range twins {
			if t.over.Load() && t.err == nil {
				of[i].deliver(t.answer, nil)
			}
			clear(t.request)
		}
	})
}

// askSibling asks another group once, if the budget allows it.
func (c *Client) askSibling(late *site, twins []*job) {
	if len(twins) == 0 || !c.afford(len(twins)) {
		return
	}
	s, _ := c.pick(late, len(twins))
	if s == nil {
		return
	}
	defer c.done(s, len(twins))
	if s != late {
		_, _ = c.try(c.life, s, twins, 0)
	}
}

// twin copies the questions that may be asked of two groups at once: those without an
// answer that were not asked again already, and no applet's, which may be at one group
// alone.
func twin(jobs []*job) (twins, of []*job) {
	for _, j := range jobs {
		if j.over.Load() || j.tried || element.AppletVerbs>>j.kind&1 == 1 {
			continue
		}
		request := append(make([]byte, 0, len(j.request)), j.request...)
		twins = append(twins, &job{ctx: j.ctx, kind: j.kind, request: request, done: make(chan struct{})})
		of = append(of, j)
	}
	return twins, of
}

// afford takes so many questions from the budget: at most one in hedgeShare is hedged,
// so that groups that are all slow are not asked twice as much.
func (c *Client) afford(questions int) bool {
	for {
		old := c.hedged.Load()
		now := old + uint64(questions)
		if now > c.asked.Load()/hedgeShare {
			return false
		}
		if c.hedged.CompareAndSwap(old, now) {
			return true
		}
	}
}
