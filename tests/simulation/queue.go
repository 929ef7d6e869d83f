package main

import (
	"container/heap"
	"time"
)

// event is something that happens at a moment of virtual time. Events of one moment
// happen in the order in which they were put: nothing else decides.
type event struct {
	at  time.Duration
	seq uint64
	do  func()
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].seq < q[j].seq
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*q = old[:len(old)-1]
	return e
}

// clock is virtual time and what is to come in it.
type clock struct {
	now   time.Duration
	seq   uint64
	queue queue
}

// after puts an event.
func (c *clock) after(d time.Duration, do func()) {
	c.seq++
	heap.Push(&c.queue, event{c.now + max(0, d), c.seq, do})
}

// next goes to the next event and returns it; false where there is none.
func (c *clock) next() (func(), bool) {
	if len(c.queue) == 0 {
		return nil, false
	}
	e := heap.Pop(&c.queue).(event)
	c.now = e.at
	return e.do, true
}

// process is what a crash ends: events of an earlier start of it never happen.
type process struct {
	epoch int
	up    bool
}

// later puts an event of this start of a process.
func (w *world) later(p *process, d time.Duration, do func()) {
	epoch := p.epoch
	w.after(d, func() {
		if p.epoch == epoch {
			do()
		}
	})
}

// crash is thrown where the power of a process fails.
type crash struct{ p *process }
