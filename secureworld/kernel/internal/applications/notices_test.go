package applications

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

// fault is what a storage does with one write.
type fault int

const (
	works      fault = iota
	fails            // told as failed, and not done
	failsDone        // told as failed, but done
	cuts             // the kernel ends before it
	cutsDone         // the kernel ends right after it
	faultKinds       // how many there are
)

var errDisk = errors.New("disk")

// till is the device around the notices: storage and journal outlive a kernel, and the
// application counts what it is told.
type till struct {
	kept    []byte
	writes  int            // so far
	at      int            // the write that goes wrong
	how     fault          //
	journal []mailbox.View // completed payments
	told    map[string][]card.Paid
	refuses verdict // what the application answers
	dead    bool    // this kernel has ended
	calls   int
	dies    int // at this call, after the application has done its work
}

func (l *till) Load() ([]byte, error) { return slices.Clone(l.kept), nil }

func (l *till) Save(b []byte) error {
	if l.dead {
		return errDisk
	}
	how := works
	if l.writes++; l.writes == l.at {
		how = l.how
	}
	if how == works || how == failsDone || how == cutsDone {
		l.kept = slices.Clone(b)
	}
	l.dead = how == cuts || how == cutsDone
	if how != works {
		return errDisk
	}
	return nil
}

func (l *till) look(_ context.Context, id payment.ID) (mailbox.View, bool, error) {
	for _, v := range l.journal {
		if v.ID == id {
			return v, true, nil
		}
	}
	return mailbox.View{}, false, nil
}

func (l *till) tell(_ context.Context, n notice, to Identified) verdict {
	if l.dead {
		return callLater
	}
	if l.refuses != wasTold {
		return l.refuses
	}
	l.told[to.Application] = append(l.told[to.Application], n.paid(to.Card))
	if l.calls++; l.calls == l.dies {
		l.dead = true
		return callLater // its answer reaches nobody
	}
	return wasTold
}

// start starts a kernel, which finds what the one before has left.
func (l *till) start(t *testing.T) *notices {
	t.Helper()
	l.dead = false
	s := &notices{keep: l, tell: l.tell, pause: time.Millisecond}
	if err := s.load(); err != nil {
		t.Fatal(err)
	}
	s.resolve(t.Context(), l.look)
	return s
}

func names(c byte) []Identified {
	return []Identified{{"loyalty", card.Identifier{c}}, {"parking", card.Identifier{c, 1}}}
}

func view(id byte, outcome payment.Outcome) mailbox.View {
	v := mailbox.View{ID: payment.ID{id}, Type: payment.TypeSale, Approved: 100 * payment.Amount(id), Currency: payment.EUR,
		Status: payment.StatusCompleted, Outcome: outcome}
	v.Card.Token = payment.Token{id}
	return v
}

// pay is one payment: named, decided in the journal, told to the notices. Whatever comes
// after the kernel's end does not happen.
func (l *till) pay(ctx context.Context, s *notices, id byte, outcome payment.Outcome) {
	s.identify(payment.ID{id}, payment.Token{id}, names(id))
	if l.dead {
		return // no request has left: the payment is none
	}
	v := view(id, outcome)
	l.journal = append(l.journal, v)
	s.completed(v)
	s.round(ctx)
}

// TestEveryApprovedPaymentIsToldThroughAnyCrash has the kernel fail, or end, at every
// write and at every call of an application, and starts it again.
func TestEveryApprovedPaymentIsToldThroughAnyCrash(t *testing.T) {
	clean := run(t, 0, works, 0)
	for how := fails; how < faultKinds; how++ {
		for at := 1; at <= clean.writes; at++ {
			t.Run(fmt.Sprintf("fault %d at write %d", how, at), func(t *testing.T) { run(t, at, how, 0).check(t) })
		}
	}
	for dies := 1; dies <= clean.calls; dies++ {
		t.Run(fmt.Sprintf("end at call %d", dies), func(t *testing.T) {
			l := run(t, 0, works, dies)
			l.check(t)
			if n := len(l.told["loyalty"]) + len(l.told["parking"]); n <= clean.calls || n > clean.calls+2 {
				t.Errorf("%d calls: those of one payment come twice, and no others", n)
			}
		})
	}
	if clean.writes < 6 || clean.calls != 6 {
		t.Errorf("%d writes and %d calls: the sweep misses something", clean.writes, clean.calls)
	}
	clean.check(t)
}

// run is a day with four payments, one of them declined, and as many kernels as it takes.
func run(t *testing.T, at int, how fault, dies int) *till {
	t.Helper()
	l := &till{at: at, how: how, dies: dies, told: map[string][]card.Paid{}}
	s := l.start(t)
	for id, outcome := range []payment.Outcome{1: payment.OutcomeApproved, 2: payment.OutcomeDeclined, 3: payment.OutcomeApproved, 4: payment.OutcomePartiallyApproved} {
		if id > 0 {
			l.pay(t.Context(), s, byte(id), outcome)
		}
		if l.dead {
			s = l.start(t)
		}
	}
	s.round(t.Context())
	if l.dead {
		s = l.start(t)
	}
	s.round(t.Context())
	if len(s.book.list) != 0 {
		t.Errorf("%d notices are left", len(s.book.list))
	}
	return l
}

// check: what was approved was told at least once, to both, with one number and in
// order; nothing else was.
func (l *till) check(t *testing.T) {
	t.Helper()
	for _, v := range l.journal {
		for application, all := range l.told {
			seen := slices.ContainsFunc(all, func(p card.Paid) bool { return p.Payment == v.ID && p.Amount == v.Approved })
			if approved := v.Outcome != payment.OutcomeDeclined; seen != approved {
				t.Errorf("%s was told of payment %d: %v", application, v.ID[0], seen)
			}
		}
	}
	for application, all := range l.told {
		of, last := map[uint64]payment.ID{}, uint64(0)
		for _, p := range all {
			if id, again := of[p.Number]; again && id != p.Payment || p.Number < last || p.Number == 0 || p.Card[0] != p.Payment[0] {
				t.Errorf("%s: number %d after %d, of payment %d", application, p.Number, last, p.Payment[0])
			}
			of[p.Number], last = p.Payment, p.Number
		}
	}
	if len(l.told["loyalty"]) == 0 || len(l.told["parking"]) == 0 {
		t.Error("nobody was told of anything")
	}
}

func TestWhatIsNotDurableIsNotTold(t *testing.T) {
	l := &till{told: map[string][]card.Paid{}, at: 1, how: fails}
	s := l.start(t)
	s.identify(payment.ID{1}, payment.Token{1}, names(1))
	s.completed(view(1, payment.OutcomeApproved))
	if s.deliver(t.Context()); len(l.told) != 0 {
		t.Error("its number would be another payment's after a restart")
	}
	if s.round(t.Context()); len(l.told["loyalty"]) != 1 {
		t.Error("it is not told once it is durable")
	}
}

func TestAPaymentUnderWayIsToldOfWhenTheNextKernelEndsIt(t *testing.T) {
	l := &till{told: map[string][]card.Paid{}}
	l.start(t).identify(payment.ID{1}, payment.Token{1}, names(1))
	pending := view(1, payment.OutcomeApproved)
	pending.Status = payment.StatusAuthorizing
	l.journal = []mailbox.View{pending}
	s := l.start(t)
	if s.round(t.Context()); len(l.told) != 0 || len(s.book.list) != 1 {
		t.Fatalf("%v, %d notices", l.told, len(s.book.list))
	}
	s.completed(view(1, payment.OutcomeApproved))
	if s.round(t.Context()); len(l.told["loyalty"]) != 1 {
		t.Error("it is not told")
	}
	l = &till{told: map[string][]card.Paid{}}
	l.start(t).identify(payment.ID{1}, payment.Token{1}, names(1))
	if s := l.start(t); len(s.book.list) != 0 {
		t.Error("a payment that the journal does not have is kept")
	}
}

func TestAnotherPaymentWithTheSameCardIsNotTakenForIt(t *testing.T) {
	l := &till{told: map[string][]card.Paid{}}
	s := l.start(t)
	s.identify(payment.ID{1}, payment.Token{1}, names(1))
	void := view(2, payment.OutcomeApproved)
	void.Card.Token = payment.Token{1}
	s.completed(void)
	if s.round(t.Context()); len(l.told) != 0 {
		t.Errorf("%v", l.told)
	}
	s.identify(payment.ID{1}, payment.Token{7}, names(7)) // another card, in a second attempt
	v := view(1, payment.OutcomeApproved)
	v.Card.Token = payment.Token{7}
	s.completed(v)
	if s.round(t.Context()); len(l.told["loyalty"]) != 1 || l.told["loyalty"][0].Card != (card.Identifier{7}) || len(s.book.list) != 0 {
		t.Errorf("%v, %d notices", l.told, len(s.book.list))
	}
}

func TestNoticesWaitInOrderAreBoundedAndGoWithTheirApplication(t *testing.T) {
	l := &till{told: map[string][]card.Paid{}, refuses: callLater}
	s := l.start(t)
	for id := range byte(maxNotices + 3) {
		l.pay(t.Context(), s, id+1, payment.OutcomeApproved)
	}
	if len(s.book.list) != maxNotices || s.book.list[0].payment != (payment.ID{4}) {
		t.Errorf("%d notices from %v", len(s.book.list), s.book.list[0].payment)
	}
	s.forget("parking")
	s = l.start(t)
	s.forget("parking")
	l.refuses = wasTold
	if rest := s.round(t.Context()); rest || len(l.told["loyalty"]) != maxNotices || len(l.told["parking"]) != 0 {
		t.Errorf("rest %v, %d and %d told", rest, len(l.told["loyalty"]), len(l.told["parking"]))
	}
}

func TestANoticeThatEndsItsApplicationIsGivenUp(t *testing.T) {
	l := &till{told: map[string][]card.Paid{}, refuses: callCrashed}
	s := l.start(t)
	s.identify(payment.ID{1}, payment.Token{1}, names(1)[:1])
	s.completed(view(1, payment.OutcomeApproved))
	for i := range maxCrashes {
		if rest := s.round(t.Context()); rest != (i < maxCrashes-1) {
			t.Errorf("after crash %d: %v", i+1, rest)
		}
	}
}

func FuzzCanonicalBook(f *testing.F) {
	full := book{next: 9, list: []notice{
		{number: 3, payment: payment.ID{1}, token: payment.Token{2}, names: names(4)},
		{number: 8, payment: payment.ID{5}, token: payment.Token{6}, owed: &terms{100, payment.EUR, payment.TypeSale}, names: names(7)[:1]},
	}}
	f.Add(full.encode())
	f.Add((&book{next: 1}).encode())
	f.Fuzz(func(t *testing.T, p []byte) {
		if b, err := parseBook(p); err == nil && !bytes.Equal(b.encode(), p) {
			t.Errorf("%x becomes %x", p, b.encode())
		}
	})
}

func TestAFullBookFitsIntoOneObject(t *testing.T) {
	b := book{next: 1 << 60}
	for i := range maxNotices {
		n := notice{number: uint64(i + 1), owed: &terms{1, payment.EUR, payment.TypeSale}}
		for range maxApplications {
			n.names = append(n.names, Identified{Application: string(bytes.Repeat([]byte("x"), maxName))})
		}
		b.list = append(b.list, n)
	}
	if size := len(b.encode()); size > 16<<10 {
		t.Errorf("%d bytes", size)
	}
	if _, err := parseBook(b.encode()); err != nil {
		t.Error(err)
	}
}
