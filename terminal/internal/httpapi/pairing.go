package httpapi

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/internal/qr"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// pairingRoutes are those by which a till becomes a client and ceases to be one.
// Which of them are on which side, the rules say.
func (a *api) pairingRoutes(r chi.Router) {
	r.Post("/pairing/requests", a.askForPairing)
	r.Get("/pairing/requests/current", a.currentPairing)
	r.Get("/pairing/requests/{id}", a.pairingTicket)
	r.Get("/pairing/requests/{id}/qr", a.pairingQR)
	r.Post("/pairing/requests/{id}/confirm", a.confirmPairing)
	r.Post("/pairing/requests/{id}/reject", a.rejectPairing)
	r.Post("/pairing/requests/{id}/complete", a.completePairing)
	r.Get("/pairing/clients", a.listClients)
	r.Get("/pairing/clients/{id}", a.showClient)
	r.Delete("/pairing/clients/{id}", a.revokeClient)
	r.Post("/pairing/clients/{id}/rotate", a.rotateClient)
}

func (a *api) askForPairing(w http.ResponseWriter, r *http.Request) {
	b, err := body(w, r, pairing.MaxBody)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	name, scopes, err := pairing.ParseAsk(b)
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	q, err := a.cfg.Pairing.Ask(name, scopes, addressOf(r), !a.front.tls)
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	a.cfg.Log.Info("pairing", "event", "asked", "local", q.Local)
	w.Header().Set("Location", "/v1/pairing/requests/"+q.ID)
	answer(w, http.StatusCreated, a.ticket(q))
}

func (a *api) pairingTicket(w http.ResponseWriter, r *http.Request) {
	q, err := a.cfg.Pairing.Request(chi.URLParam(r, "id"))
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	answer(w, http.StatusOK, a.ticket(q))
}

func (a *api) currentPairing(w http.ResponseWriter, _ *http.Request) {
	v := pairingState{}
	if url, spki, ok := a.cfg.Pairing.Where(); ok {
		v.Enabled, v.URL, v.SPKI = true, &url, &spki
	}
	if q, any := a.cfg.Pairing.Current(); any {
		shown := a.pairingRequest(q)
		v.Request = &shown
	}
	answer(w, http.StatusOK, v)
}

// pairingQR draws the link of a request that can be completed.
func (a *api) pairingQR(w http.ResponseWriter, r *http.Request) {
	q, err := a.cfg.Pairing.Request(chi.URLParam(r, "id"))
	link := a.link(q)
	if err != nil || link == nil {
		a.fail(w, r, sale.NotFound.Refuse())
		return
	}
	code, err := qr.Encode([]byte(*link))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	drawn, media := "", ""
	switch choice(r, "format", "svg") {
	case "svg":
		drawn, media = code.SVG(), "image/svg+xml"
	case "text":
		drawn, media = code.Text(), "text/plain; charset=utf-8"
	default:
		a.fail(w, r, sale.Malformed.Refuse())
		return
	}
	w.Header().Set("Content-Type", media)
	_, _ = w.Write([]byte(drawn)) // a failure means that the client is gone
}

func (a *api) confirmPairing(w http.ResponseWriter, r *http.Request) {
	b, err := body(w, r, pairing.MaxBody)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	scopes, err := pairing.ParseConfirmation(b)
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	q, err := a.cfg.Pairing.Confirm(chi.URLParam(r, "id"), scopes)
	a.decided(w, r, q, err)
}

func (a *api) rejectPairing(w http.ResponseWriter, r *http.Request) {
	q, err := a.cfg.Pairing.Reject(chi.URLParam(r, "id"))
	a.decided(w, r, q, err)
}

func (a *api) decided(w http.ResponseWriter, r *http.Request, q pairing.Request, err error) {
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	a.cfg.Log.Info("pairing", "event", string(q.Status))
	answer(w, http.StatusOK, a.pairingRequest(q))
}

func (a *api) completePairing(w http.ResponseWriter, r *http.Request) {
	b, err := body(w, r, pairing.MaxBody)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	proof, err := pairing.ParseProof(b)
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	c, token, err := a.cfg.Pairing.Complete(chi.URLParam(r, "id"), proof, addressOf(r))
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	a.cfg.Log.Info("pairing", "event", "completed", "client", c.ID)
	answer(w, http.StatusCreated, a.pairedToken(c, token))
}

// failPairing tells what pairing refuses; anything else is a fault of ours.
func (a *api) failPairing(w http.ResponseWriter, r *http.Request, err error) {
	var throttled *pairing.ThrottledError
	if errors.As(err, &throttled) {
		seconds := math.Ceil(float64(throttled.After) / float64(time.Second))
		w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		err = sale.PairingThrottled.Refuse()
	}
	for known, p := range pairingProblems {
		if errors.Is(err, known) {
			err = p.Refuse()
		}
	}
	a.fail(w, r, err)
}

// pairingProblems is read-only.
var pairingProblems = map[error]sale.Problem{
	pairing.ErrBody:     sale.Malformed,
	pairing.ErrScopes:   sale.Malformed,
	pairing.ErrOff:      sale.PairingOff,
	pairing.ErrBusy:     sale.PairingBusy,
	pairing.ErrNotFound: sale.NotFound,
	pairing.ErrWaiting:  sale.PairingWaiting,
	pairing.ErrOver:     sale.PairingOver,
	pairing.ErrWrong:    sale.WrongCode,
	pairing.ErrTooMany:  sale.TooManyClients,
	pairing.ErrUnknown:  sale.NotFound,
}
