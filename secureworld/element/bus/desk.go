package bus

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// desk takes messages in and has a bounded number of workers answer them.
type desk struct {
	overseer Overseer
	waiting  chan taken
	workers  sync.WaitGroup

	mu   sync.Mutex
	last time.Time // when a message came; guarded by mu
}

type taken struct {
	message *nats.Msg
	at      time.Time
}

func newDesk(ctx context.Context, o Overseer) *desk {
	d := &desk{overseer: o, waiting: make(chan taken, maxWaiting)}
	for range maxWorkers {
		d.workers.Go(func() { d.work(ctx) })
	}
	return d
}

// take queues a message, or refuses it where too many wait.
func (d *desk) take(m *nats.Msg) {
	now := time.Now()
	if subject.Verb(m.Subject) == subject.Ask {
		d.mu.Lock()
		d.last = now
		d.mu.Unlock()
	}
	select {
	case d.waiting <- taken{m, now}:
	default:
		_ = m.Respond(refusal(group.CodeUnavailable)) // a lost answer is the asker's timeout
	}
}

// quiet tells whether no question has come for so long.
func (d *desk) quiet(duration time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Since(d.last) >= duration
}

func (d *desk) work(ctx context.Context) {
	for t := range d.waiting {
		left := RequestDeadline - time.Since(t.at)
		if left <= 0 {
			continue // whoever asked has given up
		}
		ctx, cancel := context.WithTimeout(ctx, left)
		_ = t.message.Respond(answer(ctx, d.overseer, subject.Verb(t.message.Subject), t.message.Data)) // as above
		cancel()
	}
}

// close waits until everything that was taken is answered. Nothing may be taken after.
func (d *desk) close() {
	close(d.waiting)
	d.workers.Wait()
}
