package scale

import (
	"sync"
	"sync/atomic"
	"time"
)

// Load is terminals that pay until they are told to end.
type Load struct {
	Clients []*Client
	Done    atomic.Int64 // payments
	Lost    atomic.Int64 // messages without an answer

	site *Site
	stop atomic.Bool
	all  sync.WaitGroup
}

// Load starts n terminals.
func (s *Site) Load(n int) *Load {
	s.Helper()
	l := &Load{site: s}
	s.Cleanup(l.End)
	for i := range n {
		c := s.Client(i)
		c.Done, c.Lost = &l.Done, &l.Lost
		l.Clients = append(l.Clients, c)
		l.all.Go(func() { l.pay(c, i) })
	}
	return l
}

// pay goes on until the end, and completes what it began.
func (l *Load) pay(c *Client, i int) {
	defer c.Close()
	for n := i; !l.stop.Load(); n++ {
		amount := int64(1000 + n%977)
		switch n % 8 {
		case 0:
			c.Twice(amount)
		case 1:
			c.Void(amount)
		case 2:
			c.Refund(amount)
		case 3:
			c.Capture(amount)
		default:
			c.Sale(amount)
		}
		l.Done.Add(1)
	}
}

// More waits until as many more payments are done.
func (l *Load) More(payments int64) {
	l.site.Helper()
	wanted := l.Done.Load() + payments
	for end := time.Now().Add(patience); l.Done.Load() < wanted; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) || l.site.Failed() {
			l.site.Fatal("nothing is paid any more")
		}
	}
}

// End lets every terminal complete what it has begun.
func (l *Load) End() {
	l.stop.Store(true)
	l.all.Wait()
}
