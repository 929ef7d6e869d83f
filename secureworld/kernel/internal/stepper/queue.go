package stepper

import (
	"context"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
)

// maxWaiting is what peers may have queued before they are made to wait: some
// dozen for each session that can exist.
const maxWaiting = 256

// queue holds events in order. Peers wait while it is long; timers and the
// application do not, since the stepper must never wait for itself.
type queue struct {
	mu     sync.Mutex
	change *sync.Cond
	events []transaction.Event
	closed bool
}

func newQueue() *queue {
	q := &queue{}
	q.change = sync.NewCond(&q.mu)
	return q
}

// put queues an event of a peer, who waits while too many are there, until ctx
// ends. It reports whether the event was queued.
func (q *queue) put(ctx context.Context, e transaction.Event) bool {
	defer context.AfterFunc(ctx, q.wake)()
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.events) >= maxWaiting && !q.closed && ctx.Err() == nil {
		q.change.Wait()
	}
	if ctx.Err() != nil {
		return false
	}
	return q.append(e)
}

// add queues an event of the stepper's own, at once.
func (q *queue) add(e transaction.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.append(e)
}

// append needs the lock.
func (q *queue) append(e transaction.Event) bool {
	if q.closed {
		return false
	}
	q.events = append(q.events, e)
	q.change.Broadcast()
	return true
}

func (q *queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.change.Broadcast()
}

func (q *queue) take() (transaction.Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.events) == 0 && !q.closed {
		q.change.Wait()
	}
	if q.closed {
		return nil, false
	}
	e := q.events[0]
	q.events[0] = nil
	q.events = q.events[1:]
	q.change.Broadcast()
	return e, true
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.change.Broadcast()
}
