package applications

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Keeper keeps the payments of which applications are yet to be told, one object of at
// most 16 KiB; the kernel has it in its own space of the trusted storage.
type Keeper interface {
	// Load gives what was saved last; nothing at the very first start.
	Load() ([]byte, error)
	// Save returns when it is durable. After an error the old or the new is there.
	Save([]byte) error
}

// Look tells how a payment stands. known is false for one that the journal does not
// have.
type Look func(ctx context.Context, id payment.ID) (v mailbox.View, known bool, err error)

// verdict is how telling one application went.
type verdict int

const (
	wasTold     verdict = iota // or never will be
	callLater                  // it could not be called
	callCrashed                // the call ended its instance
)

// notices are the payments of which applications are to be told. What a card is called
// is durable before the request for money leaves, so that it is there whatever becomes
// of the kernel; that the payment was approved is in the journal.
type notices struct {
	keep  Keeper // nil: none, as in tests
	tell  func(ctx context.Context, n notice, to Identified) verdict
	pause time.Duration
	wake  chan struct{}

	saving sync.Mutex // one at a time

	mu      sync.Mutex
	book    book
	changed bool   // since it was saved
	durable uint64 // numbers below it are used up for ever
	loaded  []payment.ID
	crashes map[uint64]int // by number
}

// load takes what an earlier kernel left.
func (s *notices) load() error {
	s.wake, s.crashes, s.book.next = make(chan struct{}, 1), map[uint64]int{}, 1
	if s.keep == nil {
		return nil
	}
	raw, err := s.keep.Load()
	if err != nil || len(raw) == 0 {
		return err
	}
	if s.book, err = parseBook(raw); err != nil {
		return err
	}
	s.durable = s.book.next
	for _, n := range s.book.list {
		if n.owed == nil {
			s.loaded = append(s.loaded, n.payment)
		}
	}
	return nil
}

// identify notes what a card is called, and returns when that is durable. Where it
// cannot be, the payment goes on all the same: it is tried again before an application
// is told.
func (s *notices) identify(id payment.ID, token payment.Token, names []Identified) {
	if len(names) == 0 {
		return
	}
	s.mu.Lock()
	s.drop(func(n notice) bool { return n.owed == nil && n.payment == id && n.token == token })
	s.makeRoom()
	s.book.list = append(s.book.list, notice{number: s.book.next, payment: id, token: token, names: slices.Clone(names)})
	s.book.next++
	s.changed = true
	s.mu.Unlock()
	_ = s.save() // see above
}

// makeRoom gives up the oldest notice where there are too many, one of a payment that
// is under way, or seems so, first.
func (s *notices) makeRoom() {
	if len(s.book.list) < maxNotices {
		return
	}
	at := max(0, slices.IndexFunc(s.book.list, func(n notice) bool { return n.owed == nil }))
	s.book.list = slices.Delete(s.book.list, at, at+1)
}

// completed notes how a payment ended. It never waits.
func (s *notices) completed(v mailbox.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	approved := v.Outcome == payment.OutcomeApproved || v.Outcome == payment.OutcomePartiallyApproved
	for i := range s.book.list {
		n := &s.book.list[i]
		if approved && n.owed == nil && n.token == v.Card.Token && (n.payment == v.ID || n.payment == payment.ID{}) {
			n.payment, n.owed = v.ID, &terms{v.Approved, v.Currency, v.Type}
			s.stir()
		}
	}
	if s.drop(func(n notice) bool {
		return n.owed == nil && (n.payment == v.ID || n.payment == payment.ID{} && n.token == v.Card.Token)
	}) {
		s.stir()
	}
}

// stir has the change saved, and told of.
func (s *notices) stir() {
	s.changed = true
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// drop gives notices up; mu is held.
func (s *notices) drop(which func(notice) bool) bool {
	before := len(s.book.list)
	s.book.list = slices.DeleteFunc(s.book.list, which)
	s.changed = s.changed || len(s.book.list) != before
	return len(s.book.list) != before
}

// forget gives up what a removed application was to be told.
func (s *notices) forget(application string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.book.list {
		n := &s.book.list[i]
		n.names = slices.DeleteFunc(slices.Clone(n.names), func(to Identified) bool { return to.Application == application })
	}
	s.drop(func(n notice) bool { return len(n.names) == 0 })
	s.stir()
}

// save makes the book durable, if it has changed.
func (s *notices) save() error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	if !s.changed {
		s.mu.Unlock()
		return nil
	}
	raw, next := s.book.encode(), s.book.next
	s.changed = false
	s.mu.Unlock()
	var err error
	if s.keep != nil {
		err = s.keep.Save(raw)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.changed = true
		return err
	}
	s.durable = max(s.durable, next)
	return nil
}

// run tells applications until ctx ends; first of what ended while no kernel ran.
func (s *notices) run(ctx context.Context, look Look) {
	s.resolve(ctx, look)
	wait := s.pause
	for ctx.Err() == nil {
		var again <-chan time.Time // never, where nothing is left
		if s.round(ctx) {
			again = time.After(wait)
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
			wait = s.pause
		case <-again:
			wait = min(2*wait, lastPause)
		}
	}
}

// round makes durable what is to be told, tells it and notes that; rest tells that
// something is left to be done.
func (s *notices) round(ctx context.Context) (rest bool) {
	unsaved := s.save()
	rest = s.deliver(ctx)
	return errors.Join(unsaved, s.save()) != nil || rest
}

// resolve asks the journal what became of the payments that an earlier kernel did not
// see the end of. One that is still under way is told of when it ends.
func (s *notices) resolve(ctx context.Context, look Look) {
	if look == nil {
		return
	}
	for _, id := range s.loaded {
		v, known, err := look(ctx, id)
		switch {
		case err != nil:
			return // the kernel ends
		case !known:
			s.mu.Lock()
			s.drop(func(n notice) bool { return n.owed == nil && n.payment == id })
			s.mu.Unlock()
		case v.Status == payment.StatusCompleted:
			s.completed(v)
		}
	}
}

// deliver tells every application that can be called of what it is owed, in the order
// of the numbers; rest tells that something is left. A number that is not durable is
// not told: after a restart it would be another payment's.
func (s *notices) deliver(ctx context.Context) (rest bool) {
	s.mu.Lock()
	list, durable := slices.Clone(s.book.list), s.durable
	s.mu.Unlock()
	behind := map[string]bool{}
	for _, n := range list {
		if n.owed == nil {
			continue
		}
		if n.number >= durable {
			return true
		}
		for _, to := range n.names {
			if ctx.Err() != nil {
				return true
			}
			if behind[to.Application] || !s.settled(n, s.tell(ctx, n, to)) {
				behind[to.Application] = true
				continue
			}
			s.done(n.number, to.Application)
		}
	}
	return len(behind) > 0
}

// settled tells that an application is not to be called again because of this notice.
func (s *notices) settled(n notice, v verdict) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v == callCrashed {
		s.crashes[n.number]++
	}
	return v == wasTold || s.crashes[n.number] >= maxCrashes
}

// done strikes an application off a notice.
func (s *notices) done(number uint64, application string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.book.list {
		if n := &s.book.list[i]; n.number == number {
			n.names = slices.DeleteFunc(slices.Clone(n.names), func(to Identified) bool { return to.Application == application })
			s.changed = true
		}
	}
	if s.drop(func(n notice) bool { return len(n.names) == 0 }) {
		delete(s.crashes, number)
	}
}
