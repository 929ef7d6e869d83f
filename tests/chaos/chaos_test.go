//go:build linux

package chaos

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/tests/internal/fourbooks"
)

const (
	// restWithin is what a healed lane has to bring everything to its end: a reversal
	// that met a dead host several times waits before it is repeated.
	restWithin = 5 * time.Minute
	// tooMany differences would tell nothing new.
	tooMany = 20
)

// TestChaosLeavesFourBooksEqual sells while everything fails, heals, and compares.
func TestChaosLeavesFourBooksEqual(t *testing.T) {
	if !ready(t) {
		return
	}
	programs := estatetest.Programs(t)
	if programs == "" {
		return
	}
	r := &run{t: t, options: given, f: newFigures(), deck: &deck{draw: rand.New(rand.NewPCG(given.seed, 0))}} //nolint:gosec // to be replayed
	r.f.Lanes, r.f.Seed = given.lanes, given.seed
	lanes := make([]*work, given.lanes)
	for i := range lanes {
		lanes[i] = r.open(i, programs)
	}
	began := time.Now()
	var working sync.WaitGroup
	for _, w := range lanes {
		working.Go(func() { r.work(w) })
	}
	working.Wait()
	took := time.Since(began)
	for _, w := range lanes {
		r.compare(w)
	}
	r.f.conclude(took)
	var page strings.Builder
	r.f.print(&page)
	t.Log("\n" + page.String())
	if err := r.f.write(given.out); err != nil {
		t.Error(err)
	}
}

// run is a whole run.
type run struct {
	options
	t    *testing.T
	f    *figures
	deck *deck
}

// work is one lane's part of it.
type work struct {
	lane    *lane
	keys    *keys
	counter *counter
	due     chan struct{}
	failed  bool
}

func (r *run) open(i int, programs string) *work {
	r.t.Helper()
	l, err := bringUp(r.t.Context(), i, programs, r.home)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := l.close(); err != nil {
			r.t.Error(err)
		}
	})
	n := r.sales / r.lanes
	if i < r.sales%r.lanes {
		n++
	}
	w := &work{lane: l, keys: newKeys(i, n, r.seed), due: make(chan struct{}, 1)}
	draw := rand.New(rand.NewPCG(r.seed, uint64(i)+1)) //nolint:gosec // to be replayed
	made := 0
	w.counter, err = newCounter(l, draw, w.keys, func() {
		if made++; made%r.every == 0 {
			select {
			case w.due <- struct{}{}:
			default: // the last one still lasts
			}
		}
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// work sells under faults, heals, and waits for rest.
func (r *run) work(w *work) {
	ctx, stop := context.WithCancel(r.t.Context())
	c := &chaos{lane: w.lane, deck: r.deck, f: r.f, due: w.due}
	draw := rand.New(rand.NewPCG(r.seed, uint64(w.lane.number)+1000)) //nolint:gosec // to be replayed
	var around sync.WaitGroup
	var raged error
	around.Go(func() {
		if raged = c.rage(ctx); raged != nil {
			stop()
		}
	})
	around.Go(func() { typePINs(ctx, w.lane) })
	around.Go(func() { w.keys.probe(ctx, w.lane.Till, draw) })
	sold := w.counter.work(ctx)
	stop()
	around.Wait()
	err := errors.Join(sold, raged)
	if err == nil {
		rest, cancel := context.WithTimeout(r.t.Context(), restWithin)
		defer cancel()
		err = w.lane.rest(rest)
	}
	if err != nil {
		w.failed = true
		r.t.Errorf("%v\n%s", err, w.lane.describe(r.t.Context()))
	}
}

// compare holds a lane's books against each other, and then spoilt copies of them.
func (r *run) compare(w *work) {
	if w.failed {
		return
	}
	rows, totals, err := w.lane.books(r.t.Context(), w.counter.sales)
	if err != nil {
		r.t.Error(err)
		return
	}
	r.tell(w, rows)
	found := fourbooks.Compare(rows, totals)
	for i, d := range found {
		r.f.Differences[string(d.Kind)]++
		if i < tooMany {
			r.t.Errorf("lane %d: %s", w.lane.number, d)
		}
	}
	if len(found) == 0 {
		r.plant(rows, totals)
	}
}

// tell counts what a lane has done and what was wrong beside the books.
func (r *run) tell(w *work, rows []fourbooks.Row) {
	w.lane.mu.Lock()
	defer w.lane.mu.Unlock()
	w.keys.mu.Lock()
	defer w.keys.mu.Unlock()
	for _, says := range append(slices.Clone(w.keys.wrong), w.lane.crashes...) {
		r.t.Errorf("lane %d: %s", w.lane.number, says)
	}
	for _, s := range w.counter.sales {
		if s.refund {
			r.f.Refunds[s.told.Outcome]++
		} else {
			r.f.Outcomes[s.told.Outcome]++
			r.f.Sales++
		}
		r.f.Money += s.told.net()
		if s.told.Money == "unknown" || s.told.Money == "" {
			r.t.Errorf("lane %d: %s ended with its money unknown: %+v", w.lane.number, s.name, s.told)
			r.f.Differences["unknown"]++
		}
	}
	for says, n := range w.keys.answers {
		r.f.Probes[says] += n
	}
	r.f.Keys, r.f.Ended = r.f.Keys+len(rows), r.f.Ended+w.lane.ended
}

// plant is the control: books of this run with one thing wrong must be found wrong.
func (r *run) plant(rows []fourbooks.Row, totals fourbooks.Totals) {
	approved := slices.IndexFunc(rows, func(r fourbooks.Row) bool { return r.Till.Net > 0 })
	if approved < 0 {
		r.t.Error("nothing was approved, so nothing was tried")
		return
	}
	for name, spoil := range map[string]func(row *fourbooks.Row, t *fourbooks.Totals){
		"an approval that the ledger has lost":     func(row *fourbooks.Row, t *fourbooks.Totals) { t.Merchant -= row.Acquirer; row.Acquirer = 0 },
		"an approval that the issuer booked twice": func(row *fourbooks.Row, t *fourbooks.Totals) { t.IssuerDebits += row.Issuer; row.Issuer *= 2 },
		"a cent in the secure world":               func(row *fourbooks.Row, _ *fourbooks.Totals) { row.Secure.Net-- },
		"another word of the terminal":             func(row *fourbooks.Row, _ *fourbooks.Totals) { row.App.Outcome = "declined" },
		"an outcome that the till never had":       func(row *fourbooks.Row, _ *fourbooks.Totals) { row.Till.Outcome = "" },
		"money of nobody":                          func(_ *fourbooks.Row, t *fourbooks.Totals) { t.IssuerDebits++ },
	} {
		spoilt, t := slices.Clone(rows), totals
		spoil(&spoilt[approved], &t)
		if len(fourbooks.Compare(spoilt, t)) == 0 {
			r.t.Errorf("not found in a copy of the books: %s", name)
			continue
		}
		r.f.Planted++
	}
}

// describe tells how a lane stands that does not go on.
func (l *lane) describe(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	state, _ := l.Till.Terminal(ctx)
	ready, err := l.Till.Ready(ctx)
	slot, _ := l.Slot(ctx)
	screen, _ := l.PINPad.Screen(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	return sentence("lane %d: terminal %+v; ready %+v, %v; slot %+v; PIN pad %+v; processes %v; logs in %s; crashes %v",
		l.number, state, ready, err, slot, screen, l.Processes(), l.Home, l.crashes)
}
