//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
	"github.com/strongroom-pos/strongroom/tests/internal/cutter"
)

// ending is one of the four in which every disturbed sale must end.
type ending string

const (
	approvedWithTC ending = "approved with TC"
	declined       ending = "declined"
	notCharged     ending = "not charged, nothing sent"
	reversed       ending = "reversed"
)

// sweep is a run over the cuts, shared by the lanes that work on it.
type sweep struct {
	t        *testing.T
	todo     []cut
	deadline time.Time

	mu       sync.Mutex // guards what follows
	next     int
	results  map[string]map[string]int // victim → what came of it → how often
	failures int
	missed   []cut
	sound    int
}

// take returns the next cut and the amount of its sale, which is its own on
// either lane.
func (s *sweep) take() (c cut, amount int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	over := os.Getenv(crashEnv) == "" && time.Now().After(s.deadline)
	if s.next == len(s.todo) || over || s.failures >= tooMany {
		return c, 0, false
	}
	s.next++
	return s.todo[s.next-1], int64(100_00 + s.next), true
}

// work takes cuts until there are no more.
func (s *sweep) work(ctx context.Context, l *lane) {
	for n := 1; ; n++ {
		c, amount, ok := s.take()
		if !ok {
			s.sale(ctx, l)
			s.total(ctx, l)
			return
		}
		s.at(ctx, l, c, amount)
		if n%soundEvery == 0 {
			s.sale(ctx, l)
		}
	}
}

// total compares what cardholders paid in all with what the till was told in all:
// it would show money that moved under an amount that no sale had.
func (s *sweep) total(ctx context.Context, l *lane) {
	ledger, err := l.books.Ledger(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	sold := l.sold.Load()
	switch {
	case err != nil || sold == 0:
		s.t.Errorf("the total cannot be compared: %d sold, %v", sold, err)
	case ledger.IssuerDebits != sold && s.failures == 0:
		s.t.Errorf("cardholders paid %d in all and the till was told %d", ledger.IssuerDebits, sold)
	default:
		s.t.Logf("cardholders paid %d in all, the till was told %d", ledger.IssuerDebits, sold)
	}
}

// sale makes an undisturbed sale, which must succeed.
func (s *sweep) sale(ctx context.Context, l *lane) {
	ctx, cancel := context.WithTimeout(ctx, cutLimit)
	defer cancel()
	err := errors.Join(l.soundSale(ctx), l.crashed())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sound++
	if err != nil {
		s.failures++
		s.t.Errorf("the next undisturbed sale: %v", err)
	}
}

// at makes one cut and checks the end.
func (s *sweep) at(ctx context.Context, l *lane, c cut, amount int64) {
	ctx, cancel := context.WithTimeout(ctx, cutLimit)
	defer cancel()
	begun := time.Now()
	end, hit, err := l.disturb(ctx, c, amount)
	if err != nil {
		err = errors.Join(err, l.restore(ctx))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.failures++
		s.t.Errorf("%s (sale of %d): %v", c, amount, err)
		s.count(c.victim, "FAILED")
	case !hit:
		s.missed = append(s.missed, c)
		s.count(c.victim, "point not reached: "+string(end))
	default:
		s.count(c.victim, string(end))
		s.t.Logf("%s: %s, %.1f s", c, end, time.Since(begun).Seconds())
	}
}

// count is called with mu held.
func (s *sweep) count(victim, what string) {
	if s.results[victim] == nil {
		s.results[victim] = map[string]int{}
	}
	s.results[victim][what]++
}

// disturb makes a sale in which the cut is made, brings everything back, and
// returns how it ended.
func (l *lane) disturb(ctx context.Context, c cut, amount int64) (end ending, hit bool, err error) {
	if err := errors.Join(l.tray.Pull(), l.till.settle(ctx)); err != nil {
		return "", false, err
	}
	trap, err := l.trap(c)
	if err != nil {
		return "", false, err
	}
	key := newKey()
	started, startErr := l.begin(ctx, key, amount)
	l.watch(ctx, trap, started)
	result, err := trap.Remove()
	if err != nil {
		return "", false, err
	}
	if hit = result == cutter.Killed; hit {
		if err := l.revive(ctx, c.victim); err != nil {
			return "", true, err
		}
	}
	if end, err = l.conclude(ctx, key, amount, started, startErr); err == nil && hit {
		err = l.refreshBoot(ctx, c.victim)
	}
	return end, hit, err
}

// bootPatience is after how many kernels that died soon boot is started anew: the
// pause before the next one doubles from 100 ms, and would make up most of the
// sweep.
const bootPatience = 4

// refreshBoot counts the kernels that died under this boot.
func (l *lane) refreshBoot(ctx context.Context, victim string) error {
	switch victim {
	case estate.Boot:
		l.kernelDeaths = 0
	case estate.Kernel:
		l.kernelDeaths++
	}
	if l.kernelDeaths < bootPatience {
		return nil
	}
	l.kernelDeaths = 0
	return errors.Join(l.estate.Kill(estate.Boot), l.estate.Restart(ctx, estate.Boot))
}

func (l *lane) trap(c cut) (*cutter.Trap, error) {
	p, err := l.process(c.at.Process)
	if err != nil {
		return nil, err
	}
	if c.victim != c.at.Process {
		p.Victim = l.estate.PID(c.victim)
	}
	return cutter.KillAt(p, c.at)
}

// begin starts the sale and puts the card in, whatever the answer: what is killed
// may be the terminal.
func (l *lane) begin(ctx context.Context, key string, amount int64) (paid, error) {
	p, err := l.till.pay(ctx, key, amount)
	card, cardErr := l.card(soundCard)
	if cardErr == nil {
		cardErr = l.tray.Insert(card.Profile)
	}
	return p, errors.Join(err, cardErr)
}

// watch waits until the trap has sprung or the sale is over, with its aftermath.
func (l *lane) watch(ctx context.Context, trap *cutter.Trap, p paid) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		if p.ID != "" {
			if _, err := l.till.follow(ctx, p.ID, paid.done); err != nil {
				return // cut: the card stays in until the payment has its end
			}
			_, _ = l.till.receipt(ctx, p.ID)
			_ = l.tray.Pull()
			_ = pause(ctx, afterSale)
		}
	}()
	select {
	case <-trap.Done():
		cancel()
		<-over
	case <-over:
	}
}

// conclude brings the payment to its end and the lane to rest, and classes the
// end.
func (l *lane) conclude(ctx context.Context, key string, amount int64, p paid, startErr error) (ending, error) {
	p, begun, err := l.find(ctx, key, amount, p, startErr)
	if err != nil {
		return "", err
	}
	if begun {
		id := p.ID
		if p, err = l.till.follow(ctx, id, paid.done); err != nil {
			return "", errors.Join(err, l.describe(id))
		}
	}
	if err := errors.Join(l.tray.Pull(), l.till.settle(ctx)); err != nil {
		return "", err
	}
	p.Amount = amount
	requests, err := l.books.agree(ctx, p)
	if err != nil {
		return "", err
	}
	return l.class(ctx, p, requests)
}

// find returns the payment that the key began. Where the till never had an
// answer it asks again under the same key, as a till must.
func (l *lane) find(ctx context.Context, key string, amount int64, p paid, startErr error) (paid, bool, error) {
	if p.ID != "" {
		return p, true, nil
	}
	if code := codeOf(startErr); code != "" && code != "indeterminate" && code != "in_flight" {
		_, err := l.till.byKey(ctx, key)
		if codeOf(err) != "never_seen" {
			return p, false, fmt.Errorf("refused as %s, and yet the key is known: %w", code, err)
		}
		return p, false, nil
	}
	for {
		again, err := l.till.pay(ctx, key, amount)
		if err == nil {
			return again, true, nil
		}
		if waitErr := pause(ctx, 100*time.Millisecond); waitErr != nil {
			return p, false, fmt.Errorf("asking again under the same key: %w", errors.Join(err, waitErr))
		}
	}
}

// class names the end; every other than the four is an error. That the books
// agree to the cent was checked before.
func (l *lane) class(ctx context.Context, p paid, requests []desk.Transaction) (ending, error) {
	switch p.field("outcome") {
	case "approved":
		r, err := l.till.receipt(ctx, p.ID)
		if err != nil || !r.certified() || p.Money != "captured" {
			return "", fmt.Errorf("approved without a TC or capture: %s, %w", p.summary(), err)
		}
		l.sold.Add(r.ApprovedAmount)
		return approvedWithTC, nil
	case "declined":
		return declined, nil
	}
	switch {
	case p.Money != "" && p.Money != "none" && p.Money != "released":
		return "", fmt.Errorf("ended as none of the four: %s", p.summary())
	case len(requests) == 0 && p.Money != "released":
		return notCharged, nil
	case len(requests) > 0 && all(requests, undone):
		return reversed, nil
	}
	return "", fmt.Errorf("money is %s and the host has %+v: %s", p.Money, requests, p.summary())
}

// undone reports whether the host has reversed a request, or has a reversal
// without its request: it answers that one with 25 and refuses the request should
// it still come.
func undone(r desk.Transaction) bool {
	return r.State == "reversed" || r.State == "refused" && r.Response == "25"
}

func all[T any](list []T, ok func(T) bool) bool {
	for _, v := range list {
		if !ok(v) {
			return false
		}
	}
	return true
}
