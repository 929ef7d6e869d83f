package pool

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// job is a caller's question until it is answered.
type job struct {
	ctx     context.Context // of the caller, who waits for done
	kind    element.Kind
	request []byte      // body
	lacks   []*site     // groups that do not offer its verb
	over    atomic.Bool // set by the first of caller, worker and hedge that is done with it
	tried   bool        // was asked before; written by its worker between two attempts

	answer []byte // kind and body, once done is closed
	err    error  // a Code of package element, once done is closed
	done   chan struct{}
}

// call asks and waits.
func call[A any](ctx context.Context, c *Client, kind element.Kind, request any) (answer A, err error) {
	body, err := element.AppendRequest(nil, request)
	if err != nil {
		return answer, element.CodeMalformed
	}
	c.asked.Add(1)
	j := &job{ctx: ctx, kind: kind, request: body, done: make(chan struct{})}
	if !c.enqueue(ctx, j) {
		clear(body)
		return answer, element.CodeUnavailable
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if !j.over.CompareAndSwap(false, true) { // answered just now
			<-j.done
			clear(j.answer)
		}
		return answer, element.CodeUnavailable
	}
	return parse[A](j)
}

// enqueue waits until a worker takes the question.
func (c *Client) enqueue(ctx context.Context, j *job) bool {
	c.waiting.Add(1)
	defer c.waiting.Add(-1)
	select {
	case c.queue <- j:
		return true
	case <-ctx.Done():
	case <-c.life.Done():
	}
	return false
}

// parse reads what the group said: an answer, or a refusal of the element's own.
func parse[A any](j *job) (answer A, err error) {
	defer clear(j.answer)
	switch {
	case j.err != nil:
		return answer, j.err
	case len(j.answer) == 0:
		return answer, element.CodeMalformed
	}
	switch kind, body := j.answer[0], j.answer[1:]; kind {
	case element.KindRefusal:
		var r element.Refusal
		if frame.Parse(body, &r) != nil {
			return answer, element.CodeMalformed
		}
		return answer, r.Code
	case j.kind | element.KindAnswer:
		if element.ParseAnswer(body, &answer) != nil {
			return answer, element.CodeMalformed
		}
		return answer, nil
	}
	return answer, element.CodeMalformed
}

// finish gives the caller its answer. Nobody waits for one whose caller has gone.
func (j *job) finish(answer []byte, err error) {
	clear(j.request)
	j.deliver(answer, err)
}

// deliver is finish for who does not own the question.
func (j *job) deliver(answer []byte, err error) {
	if !j.over.CompareAndSwap(false, true) {
		clear(answer)
		return
	}
	j.answer, j.err = answer, err
	close(j.done)
}

// work gathers questions into frames and carries each frame to an end.
func (c *Client) work() {
	for {
		jobs := c.gather()
		if len(jobs) == 0 {
			return
		}
		c.carry(jobs)
		if c.width.spare() {
			return
		}
	}
}

// gather takes those who wait, those who come before it is its turn to run again, and
// within a tick those who come. One worker gathers at a time: idle ones would take
// every question for itself. None: the client is closed.
func (c *Client) gather() []*job {
	c.gathering.Lock()
	defer c.gathering.Unlock()
	jobs := make([]*job, 0, maxBatch)
	select {
	case <-c.life.Done():
		return nil
	case first := <-c.queue:
		jobs = append(jobs, first)
	}
	most := c.pace.frame(int(c.waiting.Load()), c.width.now())
	for had := 0; had < len(jobs) && len(jobs) < most; {
		had = len(jobs)
		runtime.Gosched()
		jobs = c.waiters(jobs, most)
	}
	return c.linger(jobs, most)
}

// waiters adds those who wait, up to so many.
func (c *Client) waiters(jobs []*job, most int) []*job {
	for len(jobs) < most {
		select {
		case j := <-c.queue:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// linger adds those who come within the tick.
func (c *Client) linger(jobs []*job, most int) []*job {
	if c.cfg.Tick <= 0 {
		return jobs
	}
	late := time.NewTimer(c.cfg.Tick)
	defer late.Stop()
	for len(jobs) < most {
		select {
		case j := <-c.queue:
			jobs = append(jobs, j)
		case <-late.C:
			return jobs
		case <-c.life.Done():
			return jobs
		}
	}
	return jobs
}

// carry asks groups until every question has its answer or its time is over.
func (c *Client) carry(jobs []*job) {
	ctx, cancel := context.WithTimeout(c.life, c.cfg.GiveUp)
	defer cancel()
	var failed *site
	pause, tries := firstPause, 0
	for round := 0; ; round++ {
		if jobs = waiting(jobs); len(jobs) == 0 {
			return
		}
		if ctx.Err() != nil {
			break
		}
		asked := len(jobs)
		s, others := c.pick(failed, asked)
		if s != nil {
			c.again(tries, asked)
			tries++
			jobs, failed = c.try(ctx, s, jobs, others)
			c.done(s, asked)
			tried(jobs)
		}
		if len(jobs) > 0 && round >= others {
			rest(ctx, pause)
			pause = min(2*pause, longestPause)
		}
	}
	for _, j := range jobs {
		j.finish(nil, element.CodeUnavailable)
	}
}

// tried marks what stays open after an attempt.
func tried(jobs []*job) {
	for _, j := range jobs {
		j.tried = true
	}
}

// waiting drops those whose callers have gone, or have an answer from elsewhere.
func waiting(jobs []*job) []*job {
	kept := jobs[:0]
	for _, j := range jobs {
		if j.ctx.Err() != nil || j.over.Load() {
			j.finish(nil, element.CodeUnavailable)
			continue
		}
		kept = append(kept, j)
	}
	return kept
}

func rest(ctx context.Context, pause time.Duration) {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
