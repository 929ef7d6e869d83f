package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/terminal/internal/display"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// displayView is what the customer's tablet shows.
type displayView struct {
	Cart *display.Cart `json:"cart"` // null for nothing
}

func (a *api) displayRoutes(r chi.Router) {
	r.Get("/display", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, displayView{a.shown()}) })
	r.Put("/display", a.putDisplay)
	r.Delete("/display", func(w http.ResponseWriter, _ *http.Request) {
		a.display.Show(nil)
		w.WriteHeader(http.StatusNoContent)
	})
}

// shown is nothing while a payment is under way at whose prompts a PIN may be asked
// for, whatever a till has put up meanwhile.
func (a *api) shown() *display.Cart {
	c := a.display.Look()
	if c == nil || a.cfg.Lane.CardUnderWay() {
		return nil
	}
	return c
}

func (a *api) putDisplay(w http.ResponseWriter, r *http.Request) {
	b, err := body(w, r, display.MaxBody)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	c, err := display.Parse(b)
	switch {
	case err != nil:
		a.fail(w, r, sale.Malformed.Refuse())
	case a.cfg.Lane.CardUnderWay():
		a.fail(w, r, sale.Busy.Refuse())
	default:
		a.display.Show(c)
		answer(w, http.StatusOK, displayView{a.shown()})
	}
}

// sendDisplay tells a stream what is shown, where it is not what was shown before. It
// has no number: what was shown an hour ago is nothing to resume from.
func (a *api) sendDisplay(s stream, before *display.Cart) (*display.Cart, error) {
	now := a.shown()
	if now == before {
		return now, nil
	}
	b, err := json.Marshal(displayView{now})
	if err != nil {
		return now, err
	}
	return now, s.send("event: display\ndata: " + string(b) + "\n\n")
}
