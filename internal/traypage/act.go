package traypage

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/localpage"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// An act is what the holder of a card does.
type act struct {
	Do        string `json:"do"` // insert, tap, swipe, pull, away
	Card      string `json:"card"`
	TearAt    int    `json:"tear_at"`    // pulled at this command, from 1; 0 not at all
	TearAfter bool   `json:"tear_after"` // the command is done, its answer lost
	BadRead   bool   `json:"bad_read"`   // swiped so that the head reads nothing
	Crowd     bool   `json:"crowd"`      // tapped together with another card
}

var (
	errAct  = errors.New("there is no such act")
	errCard = errors.New("there is no such card")
)

// act does one act: 200 with the tray as it is then, or 409 with the reason.
func (p *Page) act(w http.ResponseWriter, r *http.Request) {
	a, err := readAct(r.Body)
	if err != nil {
		localpage.Refuse(w, http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), actWithin)
	defer cancel()
	switch s, err := p.perform(ctx, a); {
	case errors.Is(err, errAct):
		localpage.Refuse(w, http.StatusBadRequest)
	case errors.Is(err, errCard):
		localpage.Refuse(w, http.StatusNotFound)
	case err != nil:
		p.tellWhy(w, err)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s)
	}
}

// readAct reads one act and nothing else.
func readAct(body io.Reader) (a act, err error) {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return a, err
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // Decoder returns it bare
		return a, errAct
	}
	if a.TearAt < 0 || a.TearAt > maxTear {
		return a, errAct
	}
	return a, nil
}

// perform does the act, and looks at the tray.
func (p *Page) perform(ctx context.Context, a act) (shownTray, error) {
	if err := p.do(ctx, a); err != nil {
		return shownTray{}, err
	}
	s, err := p.Tray.Slot(ctx)
	return p.where.at(s), err
}

func (p *Page) do(ctx context.Context, a act) error {
	switch a.Do {
	case "pull":
		return p.Tray.Pull(ctx)
	case "away":
		return p.Tray.Away(ctx)
	case "insert":
		return p.present(ctx, a, p.Tray.Insert)
	case "tap":
		if a.Crowd {
			return p.crowd(ctx, a)
		}
		return p.present(ctx, a, p.Tray.Tap)
	case "swipe":
		if a.BadRead {
			return p.Tray.SwipeText(ctx, virtualcard.Unreadable)
		}
		return p.present(ctx, a, p.Tray.Swipe)
	default:
		return errAct
	}
}

// present presents the chosen card, with the chosen fault.
func (p *Page) present(ctx context.Context, a act, how func(context.Context, virtualcard.Profile) error) error {
	card, err := p.profile(a.Card)
	if err != nil {
		return err
	}
	if err := p.free(ctx, a.Card); err != nil {
		return err
	}
	if a.TearAt > 0 {
		card.TearAt, card.TearAtCommand, card.TearAfter = a.TearAt, "", a.TearAfter
	}
	if err := how(ctx, card); err != nil {
		return err
	}
	s, err := p.Tray.Slot(ctx)
	if err == nil {
		p.where.note(s, a.Do, a.Card)
	}
	return err
}

// crowd taps the chosen card and another that can be tapped.
func (p *Page) crowd(ctx context.Context, a act) error {
	cards, err := p.Cards()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(cards, func(c bureau.Card) bool { return c.Name != a.Card && c.Profile.Tap != nil })
	if i < 0 {
		return errCard
	}
	other := cards[i]
	if err := p.free(ctx, other.Name); err != nil {
		return err
	}
	err = p.present(ctx, a, func(ctx context.Context, card virtualcard.Profile) error {
		return p.Tray.TapTwo(ctx, card, other.Profile)
	})
	if s, look := p.Tray.Slot(ctx); err == nil && look == nil {
		p.where.note(s, a.Do, other.Name)
	}
	return err
}

func (p *Page) profile(name string) (virtualcard.Profile, error) {
	cards, err := p.Cards()
	if err != nil {
		return virtualcard.Profile{}, err
	}
	for _, c := range cards {
		if c.Name == name {
			return c.Profile, nil
		}
	}
	return virtualcard.Profile{}, errCard
}

// tellWhy tells in one sentence why an act was not possible. The tray's errors
// quote no card.
func (p *Page) tellWhy(w http.ResponseWriter, err error) {
	why := err.Error()
	why = why[strings.LastIndex(why, ": ")+1:]
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusConflict)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": strings.TrimSpace(why)})
}
