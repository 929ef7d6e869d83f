//go:build linux

package e2e

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

const (
	// sweepEnv chooses how much of the card sweep runs: "full", the name of one
	// pull, or nothing for a part that has every APDU of every card once.
	sweepEnv = "STRONGROOM_SWEEP"

	// sweepLanes work side by side: most of a pull is waiting for the slot to be
	// looked at.
	sweepLanes = 2

	// pullLimit bounds one payment with its pull, on the slowest card: one that
	// falls silent has eight seconds for its answer.
	pullLimit = 40 * time.Second
)

// cardSweep is the work of all lanes, and what came of it.
type cardSweep struct {
	t    *testing.T
	only string // the name of one pull
	full bool

	mu       sync.Mutex
	todo     []pull         // guarded by mu
	reports  []report       // guarded by mu
	missed   []report       // whose card did not get that far; guarded by mu
	whole    map[string]run // by personality; guarded by mu
	failures int            // guarded by mu
}

// run is how an untouched payment went at the card.
type run struct {
	commands    int   // of the first presentation: each is a place to leave at
	again       int   // of the second, where the card had left by its nature
	cryptograms []int // commands that brought one
	silent      bool  // the last command has no answer, and no side behind it
}

// TestACardPulledAtEveryAPDULeavesHostAndCardAgreeing pays with every card once
// untouched, and then once or more for each command of it, at which it leaves:
// before the command reached the card, before its answer reached the reader, or
// right behind it.
// Each payment must end in one of the ways of rules, to which the till, the host's
// books and the card itself are held.
func TestACardPulledAtEveryAPDULeavesHostAndCardAgreeing(t *testing.T) {
	began := time.Now()
	first := ownLane(t)
	if first == nil {
		return
	}
	s := &cardSweep{t: t, whole: map[string]run{}, only: os.Getenv(sweepEnv)}
	s.full = s.only == "full"
	benches := []*bench{newBench(first)}
	for len(benches) < sweepLanes {
		benches = append(benches, newBench(ownLane(t)))
	}
	ctx, stop := context.WithCancel(t.Context())
	var attending sync.WaitGroup
	for _, b := range benches {
		attending.Go(func() { b.attend(ctx) })
	}
	s.all(ctx, benches, s.untouched())
	pulls := s.pulls()
	if len(pulls) == 0 {
		t.Errorf("%s names no pull", sweepEnv)
	}
	s.all(ctx, benches, pulls)
	for _, b := range benches {
		s.total(ctx, b)
	}
	stop()
	attending.Wait()
	s.print(len(pulls), time.Since(began))
}

// untouched are payments with every card that answers commands.
func (s *cardSweep) untouched() (out []pull) {
	for _, who := range virtualcard.Personalities() {
		if who.Interface == virtualcard.Stripe || s.only != "" && !s.full && !strings.HasPrefix(s.only, who.Name+" ") {
			continue
		}
		out = append(out, pull{who: who, again: true})
	}
	return out
}

// all makes payments on all lanes.
func (s *cardSweep) all(ctx context.Context, benches []*bench, todo []pull) {
	s.todo = todo
	var working sync.WaitGroup
	for _, b := range benches {
		working.Go(func() { s.work(ctx, b) })
	}
	working.Wait()
}

// work takes payments until there are no more.
func (s *cardSweep) work(ctx context.Context, b *bench) {
	for {
		p, ok := s.take()
		if !ok {
			return
		}
		s.one(ctx, b, p)
	}
}

func (s *cardSweep) take() (pull, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.todo) == 0 || s.failures >= tooMany {
		return pull{}, false
	}
	p := s.todo[0]
	s.todo = s.todo[1:]
	return p, true
}

// one makes a payment and checks its end.
func (s *cardSweep) one(ctx context.Context, b *bench, p pull) {
	ctx, cancel := context.WithTimeout(ctx, pullLimit)
	defer cancel()
	began := time.Now()
	r, err := b.pay(ctx, p)
	if err == nil {
		r.rule, err = r.check()
	}
	err = errors.Join(err, b.crashed())
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.failures++
		s.t.Errorf("%s: %v", p, err)
		return
	case p.at == 0:
		s.whole[p.who.Name] = runOf(r)
	case !r.reached():
		s.missed = append(s.missed, r)
	}
	s.reports = append(s.reports, r)
	s.t.Logf("%s: %s%s, %.1f s", p, r.rule, r.detail(), time.Since(began).Seconds())
}

// total compares what cardholders paid in all with what the till was told in all,
// after one more sale: it would show money that moved under an amount that no
// payment had.
func (s *cardSweep) total(ctx context.Context, b *bench) {
	err := b.soundSale(ctx)
	ledger, ledgerErr := b.books.Ledger(ctx)
	if err = errors.Join(err, ledgerErr); err != nil {
		s.t.Errorf("after the sweep: %v", err)
		return
	}
	if sold := b.sold.Load(); ledger.IssuerDebits != sold || sold == 0 {
		s.t.Errorf("cardholders paid %d in all and the till was told %d", ledger.IssuerDebits, sold)
	}
}
