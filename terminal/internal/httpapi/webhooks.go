package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/webhook"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Webhooks is who tells addresses of events; *webhook.Courier is one.
type Webhooks interface {
	Add(url string) (journal.Webhook, error)
	List() []journal.Webhook
	Remove(id string) (bool, error)
}

type webhookView struct {
	ID          string     `json:"id"`
	URL         string     `json:"url"`
	State       string     `json:"state"` // active, failed or gone
	CreatedAt   time.Time  `json:"created_at"`
	Position    int64      `json:"position"` // the last event that it took
	Failures    int        `json:"failures"` // of the event that is next
	NextAttempt *time.Time `json:"next_attempt_at"`
	LastStatus  *int       `json:"last_status"` // null: it has not answered
}

type newWebhookView struct {
	webhookView
	Secret string `json:"secret"` // told this once
}

type webhooksView struct {
	Webhooks []webhookView `json:"webhooks"`
}

func (a *api) webhookRoutes(r chi.Router) {
	r.Get("/webhooks", a.listWebhooks)
	r.Post("/webhooks", a.addWebhook)
	r.Get("/webhooks/{webhook}", a.showWebhook)
	r.Delete("/webhooks/{webhook}", a.removeWebhook)
}

func (a *api) addWebhook(w http.ResponseWriter, r *http.Request) {
	b, err := body(w, r, sale.MaxBody)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	target, ok := onlyURL(b)
	if !ok {
		a.fail(w, r, sale.Malformed.Refuse())
		return
	}
	h, err := a.cfg.Webhooks.Add(target)
	switch {
	case errors.Is(err, webhook.ErrURL):
		a.fail(w, r, sale.WebhookURL.Refuse())
	case errors.Is(err, webhook.ErrTooMany):
		a.fail(w, r, sale.TooManyWebhooks.Refuse())
	case err != nil:
		a.fail(w, r, err)
	default:
		w.Header().Set("Location", "/v1/webhooks/"+h.ID)
		answer(w, http.StatusCreated, newWebhookView{webhookViewOf(h), webhook.Secret(h.Secret)})
	}
}

// onlyURL reads {"url": "…"}, and nothing else.
func onlyURL(b []byte) (target string, ok bool) {
	if !utf8.Valid(b) {
		return "", false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	var tokens [4]json.Token
	for i := range tokens {
		t, err := d.Token()
		if err != nil {
			return "", false
		}
		tokens[i] = t
	}
	target, ok = tokens[2].(string)
	_, err := d.Token()
	return target, ok && tokens[0] == json.Delim('{') && tokens[1] == "url" && tokens[3] == json.Delim('}') && errors.Is(err, io.EOF)
}

func (a *api) listWebhooks(w http.ResponseWriter, _ *http.Request) {
	v := webhooksView{Webhooks: []webhookView{}}
	for _, h := range a.cfg.Webhooks.List() {
		v.Webhooks = append(v.Webhooks, webhookViewOf(h))
	}
	answer(w, http.StatusOK, v)
}

func (a *api) showWebhook(w http.ResponseWriter, r *http.Request) {
	for _, h := range a.cfg.Webhooks.List() {
		if h.ID == chi.URLParam(r, "webhook") {
			answer(w, http.StatusOK, webhookViewOf(h))
			return
		}
	}
	a.fail(w, r, sale.NotFound.Refuse())
}

func (a *api) removeWebhook(w http.ResponseWriter, r *http.Request) {
	found, err := a.cfg.Webhooks.Remove(chi.URLParam(r, "webhook"))
	switch {
	case err != nil:
		a.fail(w, r, err)
	case !found:
		a.fail(w, r, sale.NotFound.Refuse())
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func webhookViewOf(h journal.Webhook) webhookView {
	v := webhookView{ID: h.ID, URL: h.URL, State: h.State, CreatedAt: h.Created, Position: h.Position, Failures: h.Failures}
	if h.Failures > 0 && h.State == webhook.Active {
		v.NextAttempt = &h.Next
	}
	if h.Status != 0 {
		v.LastStatus = &h.Status
	}
	return v
}
