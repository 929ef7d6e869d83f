// Package standin is a secure world for the terminal's own tests: it speaks the
// mailbox door over a real socket and does what a script says, faults included.
//
// Only tests import it. It takes no card and holds no account data; the cards
// it speaks of are made up.
package standin

import (
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Fault is what becomes of the next Start.
type Fault uint8

// Faults, in the pairs "not done" and "done but not told".
const (
	NoFault       Fault = iota
	DropUnheard         // the session ends, Start was not carried out
	DropAfter           // Start is carried out, the session ends without an answer
	HoldThenDrop        // the session stalls until Release, then Start is carried out unanswered
	ForgetStarted       // Start is carried out, the session ends, and the world restarts without it
)

// World is a scripted secure world.
type World struct {
	mu       sync.Mutex
	payments map[payment.ID]*entry
	events   []mailbox.Event
	number   payment.Count
	floor    payment.Count // events up to here are forgotten
	changed  chan struct{}
	sessions map[*served]struct{}
	fault    Fault
	refusal  mailbox.Code
	about    mailbox.Description
	script   func(mailbox.Start) []Step
	release  chan struct{}
	keys     []mailbox.KeyLine
	batches  map[payment.Batch]*batch
	settling settling
	starts   int
	waiting  sync.WaitGroup
}

type entry struct {
	start  mailbox.Start
	batch  payment.Batch
	view   mailbox.View
	cancel chan struct{}
}

// Step is one change of a payment, some time after the one before.
type Step struct {
	After  time.Duration
	Change func(*mailbox.View)
}

// New returns a world that is ready and runs script for each payment.
func New(script func(mailbox.Start) []Step) *World {
	return &World{payments: map[payment.ID]*entry{}, changed: make(chan struct{}),
		sessions: map[*served]struct{}{}, about: Ready(), script: script, release: make(chan struct{}),
		batches: map[payment.Batch]*batch{}}
}

// Set changes what the world says of itself.
func (w *World) Set(change func(*mailbox.Description)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.about)
}

// Fail sets what becomes of the next Start.
func (w *World) Fail(f Fault) { w.mu.Lock(); w.fault = f; w.mu.Unlock() }

// Refuse makes every Start refused with a code; CodeNone ends that.
func (w *World) Refuse(c mailbox.Code) { w.mu.Lock(); w.refusal = c; w.mu.Unlock() }

// Release lets a Start that was held go on.
func (w *World) Release() { close(w.release) }

// Starts is how many payments were carried out.
func (w *World) Starts() int { w.mu.Lock(); defer w.mu.Unlock(); return w.starts }

// Restart ends all sessions and counts events anew. With forget, payments that
// are not completed are gone.
func (w *World) Restart(forget bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events, w.number, w.floor = nil, 0, 0
	for id, e := range w.payments {
		if forget && e.view.Status != payment.StatusCompleted {
			delete(w.payments, id)
		}
	}
	w.hangUp()
}

// HangUp ends all sessions.
func (w *World) HangUp() { w.mu.Lock(); defer w.mu.Unlock(); w.hangUp() }

func (w *World) hangUp() {
	for s := range w.sessions {
		_ = s.conn.Close() // that is the fault
	}
}

// Change changes a payment now.
func (w *World) Change(id payment.ID, change func(*mailbox.View)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e := w.payments[id]; e != nil {
		w.apply(e, change)
	}
}

// LoseEvents forgets every event so far without telling anyone of the last.
func (w *World) LoseEvents() { w.mu.Lock(); w.events, w.floor = nil, w.number; w.mu.Unlock() }

// Quietly changes a payment, and the event of it is lost.
func (w *World) Quietly(id payment.ID, change func(*mailbox.View)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.payments[id]
	change(&e.view)
	e.view.Version++
	w.number++
	w.floor = w.number
	w.events = nil
	w.wake()
}

func (w *World) apply(e *entry, change func(*mailbox.View)) {
	if e.view.Status == payment.StatusCompleted {
		return
	}
	change(&e.view)
	if e.view.Status == payment.StatusCompleted {
		w.book(e)
	}
	w.tell(e)
}

// tell counts a change and makes its event.
func (w *World) tell(e *entry) {
	e.view.Version++
	w.number++
	w.events = append(w.events, mailbox.Event{Number: w.number, Present: true, View: e.view})
	w.wake()
}

func (w *World) wake() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// begin carries out a Start.
func (w *World) begin(s mailbox.Start) (mailbox.View, *mailbox.Refused) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e := w.payments[s.ID]; e != nil {
		if e.start != s {
			return mailbox.View{}, &mailbox.Refused{Code: mailbox.CodeMismatch}
		}
		return e.view, nil
	}
	if w.refusal != mailbox.CodeNone {
		return mailbox.View{}, &mailbox.Refused{Code: w.refusal, ID: w.about.Busy}
	}
	if s.Currency != w.about.Currency {
		return mailbox.View{}, &mailbox.Refused{Code: mailbox.CodeCurrency}
	}
	for id, e := range w.payments {
		if e.view.Status != payment.StatusCompleted {
			return mailbox.View{}, &mailbox.Refused{Code: mailbox.CodeBusy, ID: id}
		}
	}
	if c := w.follows(s); c != mailbox.CodeNone {
		return mailbox.View{}, &mailbox.Refused{Code: c}
	}
	e := &entry{start: s, batch: w.about.Batch, cancel: make(chan struct{}, 1), view: mailbox.View{ID: s.ID, Type: s.Type, Of: s.Of,
		Amount: s.Amount, Tip: s.Tip, Cashback: s.Cashback, Currency: s.Currency, Status: payment.StatusCreated, Attempt: 1}}
	w.payments[s.ID] = e
	w.starts++
	if !s.Of.Zero() || !s.Token.Zero() {
		w.apply(e, contacting)
		w.waiting.Go(func() { w.play(e, w.script(s)) })
		return e.view, nil
	}
	w.apply(e, func(v *mailbox.View) {
		v.Status, v.Stage = payment.StatusAwaitingCard, payment.StagePresentCard
		if s.Keyed {
			v.Stage = payment.StageKeyCard
		}
	})
	w.waiting.Go(func() { w.play(e, w.script(s)) })
	return e.view, nil
}

func (w *World) play(e *entry, steps []Step) {
	for _, s := range steps {
		select {
		case <-time.After(s.After):
			w.mu.Lock()
			if w.payments[e.start.ID] == e {
				w.apply(e, s.Change)
			}
			w.mu.Unlock()
		case <-e.cancel:
			w.mu.Lock()
			w.apply(e, Canceled)
			w.mu.Unlock()
			return
		}
	}
}
