package stepper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// effects are some that the core could ask for, records among them.
func effects() []transaction.Effect {
	return []transaction.Effect{
		transaction.Write{Record: transaction.Asked{STAN: 1, RRN: 1}},
		transaction.Write{Record: transaction.Canceling{ID: payment.ID{1}}},
		transaction.Notify{},
		transaction.Send{Question: transaction.Question{Class: transaction.ClassReversal}},
		transaction.Write{Record: transaction.Asked{STAN: 2, RRN: 2}},
		transaction.TellCard{},
		transaction.Write{Record: transaction.Canceling{ID: payment.ID{2}}},
		transaction.DropHost{},
	}
}

var carriedOut = []string{
	"writing Asked Canceling ", "durable Asked Canceling ", "publish ", "send 1",
	"writing Asked ", "durable Asked ", "tell card",
	"writing Canceling ", "durable Canceling ", "drop",
}

func TestARecordIsDurableBeforeAnythingBehindItHappens(t *testing.T) {
	w := &world{}
	if err := newStepper(w).carryOut(t.Context(), effects()); err != nil {
		t.Fatal(err)
	}
	if got := w.events(); !slices.Equal(got, carriedOut) {
		t.Fatalf("%q", got)
	}
}

// The failure comes in both forms: not done, and done although it failed.
func TestNothingHappensBehindARecordThatFailed(t *testing.T) {
	ends := []int{1, 5, 8} // entries of carriedOut before the n-th record is durable
	for n, end := range ends {
		for _, though := range []bool{false, true} {
			w := &world{failOn: n + 1, though: though}
			err := newStepper(w).carryOut(t.Context(), effects())
			want := slices.Clone(carriedOut[:end])
			if though {
				want = carriedOut[:end+1]
			}
			if got := w.events(); !errors.Is(err, errInjected) || !slices.Equal(got, want) {
				t.Errorf("record %d: %v, %q", n+1, err, got)
			}
		}
	}
}

// A whole sale through the real core. The bubble ends only when every goroutine
// has: nothing is left behind.
func TestASaleLeavesNoMessageBeforeItsIntentIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{slow: time.Millisecond, work: 5 * time.Millisecond}
		s := newStepper(w)
		end := running(t, s)
		signOn(s, w)
		sell(t, s, w)
		if v := status(t, s); v.Outcome != payment.OutcomeApproved {
			t.Fatalf("%+v", v)
		}
		if err := end(); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		log := w.events()
		if problem := unordered(log); problem != "" {
			t.Fatalf("%s in %q", problem, log)
		}
		if w.overlap {
			t.Error("the application had two pieces of work at a time")
		}
		if want := [][32]byte{{'d', 1}}; !slices.Equal(w.digests, want) {
			t.Errorf("the application was given digests %q", w.digests)
		}
	})
}

// unordered names what of a sale happened before its record was durable, or while
// one was being written.
func unordered(log []string) string {
	durable := map[string]bool{}
	for i, e := range log {
		if strings.HasPrefix(e, "writing") && (i+1 == len(log) || !strings.HasPrefix(log[i+1], "durable")) {
			return "something happened while a record was being written"
		}
		for r := range strings.FieldsSeq(strings.TrimPrefix(e, "durable ")) {
			durable[r] = durable[r] || strings.HasPrefix(e, "durable ")
		}
		if need := map[string]string{"take": "Attempted", "send 0": "Intent", "tell card": "Told", "publish completed": "Done"}[e]; need != "" && !durable[need] {
			return e + " before " + need
		}
	}
	for _, r := range []string{"Attempted", "Intent", "Told", "Done"} {
		if !durable[r] {
			return "no " + r
		}
	}
	return ""
}

func TestTheCheckOfTheOrderSeesASwap(t *testing.T) {
	good := []string{"writing Attempted", "durable Attempted", "take", "writing Intent", "durable Intent", "send 0",
		"writing Told", "durable Told", "tell card", "writing Done", "durable Done", "publish completed"}
	if p := unordered(good); p != "" {
		t.Fatal(p)
	}
	for i := range len(good) - 1 {
		bad := slices.Clone(good)
		bad[i], bad[i+1] = bad[i+1], bad[i]
		if strings.HasPrefix(bad[i], "writing") { // two records in another order are none of this check's business
			continue
		}
		if unordered(bad) == "" {
			t.Errorf("%q passed", bad)
		}
	}
}

func signOn(s *Stepper, w *world) {
	s.Post(transaction.ReaderUp{Ready: true})
	s.Post(transaction.PINPadUp{})
	s.Post(transaction.HostUp{})
	answerHost(s, w)
}

// answerHost answers the question that was sent last.
func answerHost(s *Stepper, w *world) {
	settle()
	w.mu.Lock()
	q := w.sent[len(w.sent)-1].Question
	w.mu.Unlock()
	s.Post(transaction.HostFrame{Question: q, Frame: []byte("answer")})
	settle()
}

// settle lets all work be done; the bubble's clock stands still meanwhile.
func settle() {
	time.Sleep(100 * time.Millisecond)
	synctest.Wait()
}

func sell(t *testing.T, s *Stepper, w *world) {
	t.Helper()
	r, err := s.Ask(t.Context(), func(n uint64) transaction.Event { return transaction.Start{Reply: n, Start: sale} })
	if err != nil || r.Refused != mailbox.CodeNone {
		t.Fatalf("%+v, %v", r, err)
	}
	order := w.order
	s.Post(transaction.ReaderOnline{Order: order, Envelope: sred.Envelope{KSN: ksn, Number: sred.NumberOnline}})
	answerHost(s, w)
	s.Post(transaction.ReaderFinished{Order: order, Result: sred.CardApproved})
	settle()
}

func status(t *testing.T, s *Stepper) mailbox.View {
	t.Helper()
	r, err := s.Ask(t.Context(), func(n uint64) transaction.Event { return transaction.Status{Reply: n, ID: sale.ID} })
	if err != nil {
		t.Fatal(err)
	}
	return r.View
}

// Whoever waits when the journal fails is let go, and the kernel can end.
func TestAFailingJournalEndsTheRunAndEverybodyWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, though := range []bool{false, true} {
			w := &world{failOn: 1, though: though, work: time.Hour}
			s := newStepper(w)
			ended := make(chan error, 1)
			go func() { ended <- s.Run(context.Background(), nil) }()
			s.Post(transaction.HostUp{}) // asks for a sign-on: the first record
			if err := <-ended; !errors.Is(err, errInjected) {
				t.Fatal(err)
			}
			if _, err := s.Ask(context.Background(), func(n uint64) transaction.Event { return transaction.Status{Reply: n} }); !errors.Is(err, ErrStopped) {
				t.Errorf("a command afterwards: %v", err)
			}
			for range maxWaiting + 1 {
				s.Post(transaction.HostLate{})
			}
			if slices.ContainsFunc(w.events(), func(e string) bool { return strings.HasPrefix(e, "send") }) {
				t.Error("something was sent")
			}
		}
	})
}

// The application hangs while the journal fails: its call is ended.
func TestTheRunEndsThoughTheApplicationIsAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{failOn: 2, work: time.Hour}
		s := newStepper(w)
		ended := make(chan error, 1)
		go func() { ended <- s.Run(context.Background(), nil) }()
		s.Post(transaction.HostUp{})
		synctest.Wait()
		if w.busy != 1 {
			t.Fatal("the application is not at work: the test proves nothing")
		}
		s.Post(transaction.HostUp{})
		began := time.Now()
		if err := <-ended; !errors.Is(err, errInjected) || time.Since(began) > time.Second {
			t.Fatalf("%v after %v", err, time.Since(began))
		}
	})
}

// More work than the queue holds while nobody works: the stepper must not hang
// in handing it over.
func TestTheRunEndsThoughTheWorkQueueIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{work: time.Hour}
		s := newStepper(w)
		end := running(t, s)
		for range workQueue + 8 {
			s.Post(transaction.HostUp{})
		}
		synctest.Wait()
		if len(s.work) != workQueue {
			t.Fatalf("%d pieces of work wait: the test proves nothing", len(s.work))
		}
		if err := end(); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

func TestPeersWaitWhileTheQueueIsLongAndTimersDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStepper(&world{})
		posted := 0
		go func() {
			for range 2 * maxWaiting {
				s.Post(transaction.HostLate{})
				posted++
			}
		}()
		synctest.Wait()
		if posted != maxWaiting {
			t.Fatalf("%d events of a flooding peer were taken", posted)
		}
		s.queue.add(transaction.TimerFired{}) // does not wait, or the bubble deadlocks
		end := running(t, s)
		synctest.Wait()
		if posted != 2*maxWaiting || s.State().Counters.Late != 2*maxWaiting {
			t.Errorf("%d posted, %d arrived", posted, s.State().Counters.Late)
		}
		_ = end()
	})
}

func TestACommandThatIsGivenUpIsGivenUpInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStepper(&world{}) // nobody steps it
		ask := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := s.Ask(ctx, func(n uint64) transaction.Event { return transaction.Status{Reply: n} })
			return err
		}
		began := time.Now()
		if err := ask(); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("waiting for the reply: %v after %v", err, time.Since(began))
		}
		for range maxWaiting - 1 {
			s.Post(transaction.HostLate{})
		}
		began = time.Now()
		if err := ask(); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("waiting for room: %v after %v", err, time.Since(began))
		}
		if len(s.waiting) != 0 {
			t.Errorf("%d commands are still waited for", len(s.waiting))
		}
		end := running(t, s) // the reply to who has gone reaches nobody
		synctest.Wait()
		_ = end()
	})
}

func TestEveryCommandGetsItsOwnReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		s := newStepper(w)
		end := running(t, s)
		signOn(s, w)
		sell(t, s, w)
		failures := make(chan error, 32)
		for i := range cap(failures) {
			go func() { failures <- askFor(s, i%2 == 0) }()
		}
		for range cap(failures) {
			if err := <-failures; err != nil {
				t.Error(err)
			}
		}
		_ = end()
	})
}

func askFor(s *Stepper, known bool) error {
	id := payment.ID{9}
	if known {
		id = sale.ID
	}
	for range 20 {
		r, err := s.Ask(context.Background(), func(n uint64) transaction.Event { return transaction.Status{Reply: n, ID: id} })
		if err != nil {
			return err
		}
		if known != (r.Refused == mailbox.CodeNone) || known && r.View.ID != id {
			return fmt.Errorf("asked for %v, told %+v", id, r)
		}
	}
	return nil
}

// A message that cannot be queued ends the connection, so that the core hears of
// it as the end of the connection and reverses.
func TestAMessageThatDoesNotLeaveEndsTheConnection(t *testing.T) {
	for _, refused := range []error{nil, errInjected} {
		w := &world{refused: refused}
		s := newStepper(w)
		if err := s.carryOut(t.Context(), []transaction.Effect{transaction.Send{}}); err != nil {
			t.Fatal(err)
		}
		if dropped := slices.Contains(w.events(), "drop"); dropped != (refused != nil) {
			t.Errorf("refused: %v, dropped: %v", refused, dropped)
		}
	}
}

func TestATimerFiresAsAnEventOfItsGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStepper(&world{})
		_ = s.carryOut(t.Context(), []transaction.Effect{transaction.SetTimer{Timer: transaction.TimerPIN, Generation: 7, After: time.Minute}})
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		if n := s.queue.waiting(); n != 0 {
			t.Fatalf("%d events before the time", n)
		}
		time.Sleep(1)
		synctest.Wait()
		if e, ok := s.queue.take(); !ok || e != (transaction.TimerFired{Timer: transaction.TimerPIN, Generation: 7}) {
			t.Fatalf("%+v, %v", e, ok)
		}
	})
}

func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events)
}
