package virtualcard

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Why a card is not taken.
var (
	ErrOccupied = errors.New("virtualcard: the slot has a card already")
	ErrNoField  = errors.New("virtualcard: the reader has no contactless slot")
	ErrCrowded  = errors.New("virtualcard: the field has two cards already")
)

// insertWithin bounds how long an insertion waits for vpcd.
const insertWithin = 5 * time.Second

// A Tray holds cards for one reader's two slots in vpcd. What a card remembers
// lives as long as the tray, the same for both of its interfaces, so a card that
// comes back has counted on.
//
// A second card in the field is a collision: vpcd knows one card a slot, so the
// first one stays, and from then on each command is answered by one byte, which
// is no answer at all. It does not end until the field is empty.
type Tray struct {
	addr, field string // of the two slots, see NewTray; field may be empty

	mu       sync.Mutex
	contact  slot       // guarded by mu
	antenna  slot       // guarded by mu
	memories *cardShelf // guarded by mu
}

// A slot is one slot and what was in it.
type slot struct {
	now   *Insertion // nil when empty
	state SlotState
}

// A SlotState is what the tray tells about a slot.
type SlotState struct {
	Present    bool `json:"present"`
	Collision  bool `json:"collision,omitempty"` // two cards in the field
	Insertions int  `json:"insertions"`
	Departures int  `json:"departures"` // pulled, taken away, torn or lost
}

// A TrayState is the contact slot, and the field.
type TrayState struct {
	SlotState
	Field SlotState `json:"field"`
}

// NewTray serves the slots at contact and field (host:port of vpcd, or unix:/path of
// a reader's own). Without a field no card can be tapped.
func NewTray(contact, field string) *Tray {
	return &Tray{addr: contact, field: field, memories: newCardShelf()}
}

// Insert puts a new card of this profile into the contact slot.
func (t *Tray) Insert(ctx context.Context, p Profile) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.contact.now != nil {
		return ErrOccupied
	}
	card, err := t.memories.contact(p)
	if err != nil {
		return err
	}
	return t.put(ctx, &t.contact, t.addr, card)
}

// Tap holds a card of this profile into the field; Away takes it out again. The
// second card there is a collision.
func (t *Tray) Tap(ctx context.Context, p Profile) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.field == "" {
		return ErrNoField
	}
	card, err := t.memories.contactless(p)
	switch {
	case err != nil:
		return err
	case t.antenna.state.Collision:
		return ErrCrowded
	case t.antenna.now != nil:
		t.antenna.now.disturb()
		t.antenna.state.Collision = true
		return nil
	}
	return t.put(ctx, &t.antenna, t.field, card)
}

// put is called with mu held.
func (t *Tray) put(ctx context.Context, s *slot, addr string, card Player) error {
	ctx, cancel := context.WithTimeout(ctx, insertWithin)
	defer cancel()
	now, err := insert(ctx, addr, card)
	if err != nil {
		return err
	}
	s.now, s.state.Present = now, true
	s.state.Insertions++
	go t.watch(s, now)
	return nil
}

// watch empties the slot when its card leaves, however that comes. It ends
// with the insertion.
func (t *Tray) watch(s *slot, now *Insertion) {
	<-now.Done()
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.now == now {
		s.now, s.state.Present, s.state.Collision = nil, false, false
		s.state.Departures++
	}
}

// Pull takes the card out of the contact slot, if there is one, and waits until
// it is out.
func (t *Tray) Pull() { t.empty(&t.contact) }

// Away takes what is in the field out of it, and waits until it is out.
func (t *Tray) Away() { t.empty(&t.antenna) }

func (t *Tray) empty(s *slot) {
	now := t.look(s)
	if now == nil {
		return
	}
	now.Pull()
	for t.look(s) == now { // watch is about to run
		time.Sleep(time.Millisecond)
	}
}

func (t *Tray) look(s *slot) *Insertion {
	t.mu.Lock()
	defer t.mu.Unlock()
	return s.now
}

// State tells what is in the slots now.
func (t *Tray) State() TrayState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return TrayState{t.contact.state, t.antenna.state}
}

// Story is what a card of this profile did since it was last asked.
func (t *Tray) Story(p Profile) Story {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.memories.story(p)
}

// WaitEmpty waits until the contact slot is empty.
func (t *Tray) WaitEmpty(ctx context.Context) error { return t.wait(ctx, &t.contact) }

// WaitAway waits until the field is empty.
func (t *Tray) WaitAway(ctx context.Context) error { return t.wait(ctx, &t.antenna) }

func (t *Tray) wait(ctx context.Context, s *slot) error {
	now := t.look(s)
	if now == nil {
		return nil
	}
	select {
	case <-now.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
