package traypage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// whereabouts are the names of the cards that this page has put somewhere: the
// tray itself knows no names. Cards that others put there stay nameless.
type whereabouts struct {
	mu          sync.Mutex
	slot, field resting // guarded by mu
}

// resting are the cards of one insertion; the second one is a collision.
type resting struct {
	insertion int
	names     []string
}

// of are the names while these very cards are there.
func (r resting) of(s virtualcard.SlotState) []string {
	if !s.Present || s.Insertions != r.insertion {
		return nil
	}
	return r.names
}

func (r *resting) add(s virtualcard.SlotState, name string) {
	r.names = append(slices.Clone(r.of(s)), name)
	r.insertion = s.Insertions
}

// A shownTray is what the page shows of the tray.
type shownTray struct {
	virtualcard.TrayState
	ContactCard string `json:"contact_card,omitempty"` // empty where the name is not known
	FieldCards  string `json:"field_cards,omitempty"`  // one, or two with "and" between them
}

// at is the tray with the names of the cards in it.
func (w *whereabouts) at(s virtualcard.TrayState) shownTray {
	w.mu.Lock()
	defer w.mu.Unlock()
	return shownTray{s, strings.Join(w.slot.of(s.SlotState), ""), strings.Join(w.field.of(s.Field), " and ")}
}

// holds reports whether the card of this name is at the reader.
func (w *whereabouts) holds(s virtualcard.TrayState, name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.slot.of(s.SlotState), name) || slices.Contains(w.field.of(s.Field), name)
}

func (w *whereabouts) note(s virtualcard.TrayState, do, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch do {
	case "insert":
		w.slot.add(s.SlotState, name)
	case "tap":
		w.field.add(s.Field, name)
	}
}

var errThere = errors.New("this card is at the reader already")

// free: one card cannot be in two places.
func (p *Page) free(ctx context.Context, name string) error {
	s, err := p.Tray.Slot(ctx)
	if err == nil && p.where.holds(s, name) {
		return errThere
	}
	return err
}
