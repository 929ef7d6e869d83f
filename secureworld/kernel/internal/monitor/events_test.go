package monitor

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// follower asks for what came after the number that it was given last. Events
// carry their own count in Version, so it knows what it missed.
type follower struct {
	t     *testing.T
	after payment.Count
	seen  uint32 // Version of the last event
	gaps  int
	got   int
}

// take checks one answer: the next event, or a gap that is told, or nothing.
func (f *follower) take(e mailbox.Event) {
	f.t.Helper()
	number := e.Number
	switch {
	case e.Gap:
		f.gaps++
		if e.Present && e.View.Version <= f.seen && f.got > 0 {
			f.t.Errorf("a gap leads back from event %d to %d", f.seen, e.View.Version)
		}
	case e.Present:
		if number != f.after+1 || e.View.Version != f.seen+1 && f.got > 0 {
			f.t.Errorf("event %d under number %d came after event %d under %d, and no gap was told", e.View.Version, number, f.seen, f.after)
		}
	case number != f.after:
		f.t.Errorf("nothing new, but number %d after %d", number, f.after)
	}
	f.after = number
	if e.Present {
		f.seen, f.got = e.View.Version, f.got+1
	}
}

// Followers of every speed, against a publisher that is sometimes ahead of what
// is kept: each sees every event once and in order, or is told of a gap.
func TestAFollowerSeesEveryEventOnceInOrderOrIsToldOfAGap(t *testing.T) {
	e := NewEvents()
	const events = 4 * mailbox.EventHistory
	var wait sync.WaitGroup
	followers := make([]*follower, 4)
	for i := range followers {
		f := &follower{t: t}
		f.take(e.After(t.Context(), 0, 0))
		followers[i] = f
		wait.Go(func() {
			for f.seen < events {
				f.take(e.After(t.Context(), f.after, 5*time.Second))
				if i == 0 && f.got%100 == 0 { // one is too slow
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	for n := range uint32(events) {
		e.Publish(mailbox.View{Version: n + 1})
		if n%64 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	wait.Wait()
	for i, f := range followers {
		if f.gaps == 0 || f.seen != events {
			t.Errorf("follower %d: %d gaps, %d events of %d", i, f.gaps, f.got, events)
		}
	}
}

// Numbers of every kind, known and not, in random histories.
func TestEveryNumberIsAnsweredByTheNextEventOrAGap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		e := NewEvents()
		first := e.last + 1
		published := payment.Count(r.Uint64N(3 * mailbox.EventHistory))
		for n := range published {
			e.Publish(mailbox.View{Version: uint32(n)})
		}
		kept := min(published, mailbox.EventHistory)
		for range 50 {
			number := first - 5 + payment.Count(r.Uint64N(uint64(published)+10))
			got := e.After(context.Background(), number, 0)
			oldest := e.last - kept + 1
			switch {
			case number == e.last:
				if got.Present || got.Gap || got.Number != number {
					t.Fatalf("the last number: %+v", got)
				}
			case number > e.last || number+1 < oldest:
				if !got.Gap || got.Present != (kept > 0) || got.Present && got.Number != oldest {
					t.Fatalf("number %d of %d to %d: %+v", number, oldest, e.last, got)
				}
			default:
				if got.Gap || !got.Present || got.Number != number+1 || payment.Count(got.View.Version) != number+1-first {
					t.Fatalf("number %d of %d to %d: %+v", number, oldest, e.last, got)
				}
			}
		}
	}
}

// Also when the earlier start had any number of events for each entry of the
// journal, as a reader that reports much can cause, and the new one has as many.
func TestNumbersOfAnEarlierStartAreToldAsAGap(t *testing.T) {
	for range 20 {
		before, now := NewEvents(), NewEvents()
		for range 500 {
			before.Publish(mailbox.View{})
			now.Publish(mailbox.View{})
		}
		for _, number := range []payment.Count{before.last, before.last - 250, 0} {
			if got := now.After(t.Context(), number, 0); !got.Gap {
				t.Errorf("number %d of an earlier start, now at %d: %+v", number, now.last, got)
			}
		}
	}
}

func TestTheNumbersStayWithinTwelveDigits(t *testing.T) {
	if beginnings+1<<38 > payment.MaxCount {
		t.Error("a number could be that of a card")
	}
}

func TestWaitingEndsAtTheEventTheTimeOrTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t)
		near, far := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Serve(ctx, near, App{}) }()
		app := mailbox.NewClient(far)
		last, err := app.Events(0, 60_000) // does not wait: it is told of a gap
		if err != nil || !last.Gap || last.Present {
			t.Fatalf("%+v, %v", last, err)
		}
		for _, c := range []struct {
			millis uint16
			want   time.Duration
		}{{0, 0}, {300, 300 * time.Millisecond}, {65_535, mailbox.MaxWait}} {
			began := time.Now()
			if e, err := app.Events(last.Number, c.millis); err != nil || e.Present || e.Gap || time.Since(began) != c.want {
				t.Errorf("%d ms: %+v, %v after %v", c.millis, e, err, time.Since(began))
			}
		}
		time.AfterFunc(time.Second, func() { g.cfg.Events.Publish(mailbox.View{Version: 3}) })
		began := time.Now()
		if e, err := app.Events(last.Number, 60_000); err != nil || !e.Present || e.View.Version != 3 || time.Since(began) != time.Second {
			t.Errorf("%+v, %v after %v", e, err, time.Since(began))
		}
		waiting := make(chan mailbox.Event, 1)
		go func() { e, _ := app.Events(last.Number+1, 60_000); waiting <- e }()
		synctest.Wait()
		began = time.Now()
		cancel()
		if e := <-waiting; e.Present || time.Since(began) != 0 { // an empty answer may still get out
			t.Errorf("%+v after %v", e, time.Since(began))
		}
		<-ended
	})
}

func BenchmarkPublish(b *testing.B) {
	e := NewEvents()
	for b.Loop() {
		e.Publish(mailbox.View{})
	}
}
