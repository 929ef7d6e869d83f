package httpapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

func (a *api) create(w http.ResponseWriter, r *http.Request) {
	a.begin(w, r, sale.ParseRequest)
}

// begin reads key and body and begins, or finds, the payment of the key.
func (a *api) begin(w http.ResponseWriter, r *http.Request, parse func([]byte) (sale.Request, error)) {
	b, err := body(w, r, sale.MaxBody)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	key, err := keyOf(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	request, err := parse(b)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.start(w, r, key, request)
}

// keyOf is the idempotency key that every route about money requires.
func keyOf(r *http.Request) (string, error) {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) != 1 || !sale.ValidKey(keys[0]) {
		return "", sale.MissingKey.Refuse()
	}
	return keys[0], nil
}

func (a *api) start(w http.ResponseWriter, r *http.Request, key string, request sale.Request) {
	// The mailbox call and a wait for another request may outlast the ordinary
	// limit.
	if err := unlimited(w, 3*writeLimit); err != nil {
		a.fail(w, r, err)
		return
	}
	started, err := a.cfg.Lane.Start(r.Context(), clientOf(r), key, request)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if started.Payment.Of == nil && started.Payment.Outcome == nil {
		a.display.Show(nil) // a PIN may be asked for
	}
	w.Header().Set("Location", "/v1/payments/"+started.Payment.ID.String())
	status := http.StatusAccepted
	if started.Replayed {
		w.Header().Set("Idempotent-Replayed", "true")
		status = http.StatusOK
	}
	show(w, status, started.Payment)
}

// find answers "what happened to this key?" and, without a key, lists.
func (a *api) find(w http.ResponseWriter, r *http.Request) {
	if keys, given := r.URL.Query()["idempotency_key"]; given {
		a.findKey(w, r, keys)
		return
	}
	a.list(w, r)
}

func (a *api) findKey(w http.ResponseWriter, r *http.Request, keys []string) {
	if len(keys) != 1 || !sale.ValidKey(keys[0]) {
		a.fail(w, r, sale.Malformed.Refuse())
		return
	}
	rec, err := a.cfg.Lane.ByKey(clientOf(r), keys[0])
	if err != nil {
		a.fail(w, r, err)
		return
	}
	show(w, http.StatusOK, rec.Payment)
}

// get returns a payment; with wait it returns as soon as the version is another
// than since, or unchanged when the wait is over.
func (a *api) get(w http.ResponseWriter, r *http.Request) {
	id, err := payment.ParseID(chi.URLParam(r, "id"))
	if err != nil {
		a.fail(w, r, sale.NotFound.Refuse())
		return
	}
	seconds, err := number(r, "wait", 0, 0, maxWait)
	since, err2 := number(r, "since", -1, 0, 1<<62)
	if err != nil || err2 != nil {
		a.fail(w, r, sale.Malformed.Refuse())
		return
	}
	rec, err := a.poll(w, r, id, time.Duration(seconds)*time.Second, since)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if !unchanged(w, r, rec.Payment) {
		show(w, http.StatusOK, rec.Payment)
	}
}

// poll waits for a version other than since. Without since it waits for
// nothing.
func (a *api) poll(w http.ResponseWriter, r *http.Request, id payment.ID, d time.Duration, since int64) (sale.Record, error) {
	if d == 0 || since < 0 {
		return a.cfg.Lane.Payment(id)
	}
	if !a.takeStream() {
		return sale.Record{}, sale.TooManyStreams.Refuse()
	}
	defer a.freeStream()
	if err := unlimited(w, d+writeLimit); err != nil {
		return sale.Record{}, err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		changed := a.cfg.Lane.Changed() // before the look, so that no change falls between
		rec, err := a.cfg.Lane.Payment(id)
		if err != nil || rec.Payment.Version != uint64(since) {
			return rec, err
		}
		select {
		case <-changed:
		case <-t.C:
			return rec, nil
		case <-r.Context().Done():
			return rec, nil
		case <-a.cfg.Closing:
			return rec, nil
		}
	}
}

func (a *api) cancel(w http.ResponseWriter, r *http.Request) {
	id, err := payment.ParseID(chi.URLParam(r, "id"))
	if err != nil {
		a.fail(w, r, sale.NotFound.Refuse())
		return
	}
	if err := unlimited(w, 3*writeLimit); err != nil { // the mailbox call may outlast the ordinary limit
		a.fail(w, r, err)
		return
	}
	p, err := a.cfg.Lane.Cancel(id)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	show(w, http.StatusAccepted, p)
}

func show(w http.ResponseWriter, status int, p sale.Payment) {
	w.Header().Set("ETag", etag(p))
	answer(w, status, p)
}

func (a *api) takeStream() bool {
	select {
	case a.streams <- struct{}{}:
		return true
	default:
		return false
	}
}

func (a *api) freeStream() { <-a.streams }

func asError[T error](err error, target *T) bool { return errors.As(err, target) }
