package httpapi

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/lane"
	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

func (a *api) batchRoutes(r chi.Router) {
	r.Get("/batches", a.closedBy)
	r.Get("/batches/current", func(w http.ResponseWriter, r *http.Request) { a.showBatch(w, r, 0) })
	r.Post("/batches/current/close", a.closeBatch)
	r.Get("/batches/{batch}", a.numbered(a.showBatch))
	r.Get("/batches/{batch}/report", a.numbered(a.report))
}

// numbered reads the number of a batch in its one written form.
func (a *api) numbered(then func(http.ResponseWriter, *http.Request, payment.Batch)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text := chi.URLParam(r, "batch")
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || n == 0 || !payment.Batch(n).Valid() || strconv.FormatUint(n, 10) != text {
			a.fail(w, r, sale.NotFound.Refuse())
			return
		}
		then(w, r, payment.Batch(n))
	}
}

func (a *api) showBatch(w http.ResponseWriter, r *http.Request, number payment.Batch) {
	b, err := a.cfg.Lane.Batch(number)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.answerBatch(w, r, http.StatusOK, b)
}

func (a *api) answerBatch(w http.ResponseWriter, r *http.Request, status int, b lane.Batch) {
	s, err := a.settlement(b)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	answer(w, status, s)
}

func (a *api) settlement(b lane.Batch) (receipt.Settlement, error) {
	d, err := a.cfg.Lane.Describe()
	if err != nil {
		return receipt.Settlement{}, err
	}
	return receipt.Settle(b.View, b.Differences, d.Currency, moment), nil
}

// closeBatch asks that the open batch be closed. How it goes on, its own address
// tells.
func (a *api) closeBatch(w http.ResponseWriter, r *http.Request) {
	key, err := keyOf(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if err := unlimited(w, 3*writeLimit); err != nil { // the mailbox call may outlast the ordinary limit
		a.fail(w, r, err)
		return
	}
	b, replayed, err := a.cfg.Lane.CloseBatch(clientOf(r), key)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Location", "/v1/batches/"+strconv.Itoa(int(b.View.Batch)))
	status := http.StatusAccepted
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
		status = http.StatusOK
	}
	a.answerBatch(w, r, status, b)
}

// closedBy answers "which batch did this key close?".
func (a *api) closedBy(w http.ResponseWriter, r *http.Request) {
	keys := r.URL.Query()["idempotency_key"]
	if len(keys) != 1 || !sale.ValidKey(keys[0]) {
		a.fail(w, r, sale.Malformed.Refuse())
		return
	}
	b, err := a.cfg.Lane.ClosedBy(clientOf(r), keys[0])
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.answerBatch(w, r, http.StatusOK, b)
}

func (a *api) report(w http.ResponseWriter, r *http.Request, number payment.Batch) {
	b, err := a.cfg.Lane.Batch(number)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	s, err := a.settlement(b)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	switch choice(r, "format", "json") {
	case "json":
		answer(w, http.StatusOK, s)
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		// A failure means that the client is gone.
		_, _ = w.Write([]byte(s.Text(a.cfg.Shop, a.cfg.Environment == "demo")))
	default:
		a.fail(w, r, sale.Malformed.Refuse())
	}
}

// queueView is what has still to reach the host.
type queueView struct {
	Pending        uint32 `json:"pending"`   // reversals and advices that the open batch waits for
	Reversals      uint32 `json:"reversals"` // of them
	OldestSeconds  uint32 `json:"oldest_seconds"`
	NeedsAttention bool   `json:"needs_attention"` // one has failed six times
}

func (a *api) queue(w http.ResponseWriter, r *http.Request) {
	d, err := a.cfg.Lane.Describe()
	if err != nil {
		a.fail(w, r, err)
		return
	}
	b, err := a.cfg.Lane.Batch(0)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, queueView{Pending: max(b.View.Pending, d.PendingReversals), Reversals: d.PendingReversals,
		OldestSeconds: d.OldestReversal, NeedsAttention: d.NeedsAttention})
}
