package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// timelineView is what became of a payment, step by step. It has no room for the card.
type timelineView struct {
	PaymentID payment.ID `json:"payment_id"`
	Complete  bool       `json:"complete"` // false: the log no longer holds the first steps
	Events    []moveView `json:"events"`
}

type moveView struct {
	Number          int64     `json:"event"`
	At              time.Time `json:"at"`
	Version         uint64    `json:"version"`
	Status          string    `json:"status"`
	Stage           *string   `json:"stage"`
	Outcome         *string   `json:"outcome"`
	Money           string    `json:"money"`
	Attempt         uint8     `json:"attempt"`
	CancelRequested bool      `json:"cancel_requested"`
	Decline         *string   `json:"decline"`
	Failure         *string   `json:"failure"`
}

func (a *api) timeline(w http.ResponseWriter, r *http.Request) {
	id, err := payment.ParseID(chi.URLParam(r, "id"))
	if err != nil {
		a.fail(w, r, sale.NotFound.Refuse())
		return
	}
	rec, events, err := a.cfg.Lane.EventsOf(id)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	v := timelineView{PaymentID: id, Events: make([]moveView, 0, len(events))}
	for _, e := range events {
		m, err := moveOf(e)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		v.Events = append(v.Events, m)
	}
	// A payment is version 1 before anybody has heard of it, so its first event is 2;
	// of one that was adopted it is 1.
	v.Complete = len(v.Events) == 0 && rec.Payment.Version == 1 || len(v.Events) > 0 && v.Events[0].Version <= 2
	answer(w, http.StatusOK, v)
}

func moveOf(e journal.Event) (moveView, error) {
	var p sale.Payment
	if err := json.Unmarshal(e.Body, &p); err != nil {
		return moveView{}, err
	}
	m := moveView{Number: e.Number, At: p.UpdatedAt, Version: p.Version, Status: p.Status, Stage: p.Stage, Outcome: p.Outcome,
		Money: p.Money, Attempt: p.Attempt, CancelRequested: p.CancelRequested}
	if p.Decline != nil {
		m.Decline = &p.Decline.Category
	}
	if p.Failure != nil {
		m.Failure = &p.Failure.Code
	}
	return m, nil
}
