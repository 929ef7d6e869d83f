package virtualcard

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrOccupied reports an insertion into a slot that has a card.
var ErrOccupied = errors.New("virtualcard: the slot has a card already")

// insertWithin bounds how long an insertion waits for vpcd.
const insertWithin = 5 * time.Second

// A Tray holds cards for one vpcd slot. Transaction counters live as long as
// the tray, so a card that comes back has counted on.
type Tray struct {
	addr string

	mu       sync.Mutex
	slot     *Insertion         // nil when empty
	counters map[string]*uint16 // by PAN and sequence number
	state    TrayState
}

// A TrayState is what the tray tells about its slot.
type TrayState struct {
	Present    bool `json:"present"`
	Insertions int  `json:"insertions"`
	Departures int  `json:"departures"` // pulled, torn or lost
}

// NewTray serves the slot at addr (host:port of vpcd).
func NewTray(addr string) *Tray {
	return &Tray{addr: addr, counters: map[string]*uint16{}}
}

// Insert puts a new card of this profile into the slot.
func (t *Tray) Insert(ctx context.Context, p Profile) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.slot != nil {
		return ErrOccupied
	}
	p.setDefaults()
	card, err := New(p, t.counter(p))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, insertWithin)
	defer cancel()
	slot, err := Insert(ctx, t.addr, card)
	if err != nil {
		return err
	}
	t.slot, t.state.Present = slot, true
	t.state.Insertions++
	go t.watch(slot)
	return nil
}

// counter is called with mu held.
func (t *Tray) counter(p Profile) *uint16 {
	key := p.PAN + "/" + string(rune('0'+p.PSN))
	if t.counters[key] == nil {
		first := p.ATC
		t.counters[key] = &first
	}
	return t.counters[key]
}

// watch empties the slot when its card leaves, however that comes. It ends
// with the insertion.
func (t *Tray) watch(slot *Insertion) {
	<-slot.Done()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.slot == slot {
		t.slot, t.state.Present = nil, false
		t.state.Departures++
	}
}

// Pull takes the card out, if there is one, and waits until it is out.
func (t *Tray) Pull() {
	t.mu.Lock()
	slot := t.slot
	t.mu.Unlock()
	if slot == nil {
		return
	}
	slot.Pull()
	for t.State().Present { // watch is about to run
		time.Sleep(time.Millisecond)
	}
}

// State tells what is in the slot now.
func (t *Tray) State() TrayState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// WaitEmpty waits until the slot is empty.
func (t *Tray) WaitEmpty(ctx context.Context) error {
	t.mu.Lock()
	slot := t.slot
	t.mu.Unlock()
	if slot == nil {
		return nil
	}
	select {
	case <-slot.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
