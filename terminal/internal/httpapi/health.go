package httpapi

import (
	_ "embed"
	"net/http"
	"runtime"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

//go:embed openapi.json
var openAPIDocument []byte

func (a *api) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPIDocument) // the client is gone; there is nobody to tell
}

// authorityPEM is the certificate of the terminal's own authority.
func (a *api) authorityPEM(w http.ResponseWriter, r *http.Request) {
	if a.authority == nil {
		a.fail(w, r, sale.NotFound.Refuse())
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(a.authority) // the client is gone; there is nobody to tell
}

func (a *api) version(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"name": "strongroom terminal",
		"version": a.cfg.Version, "go": runtime.Version(), "api": "v1"})
}

// live answers as long as requests are answered and the journal takes writes.
func (a *api) live(w http.ResponseWriter, _ *http.Request) {
	if a.cfg.Journal.Broken() {
		answer(w, http.StatusServiceUnavailable, map[string]string{"status": "dead"})
		return
	}
	answer(w, http.StatusOK, map[string]string{"status": "live"})
}

type readiness struct {
	Status string `json:"status"` // ready, degraded or not_ready
	Checks checks `json:"checks"`
}

type checks struct {
	SecureWorld bool `json:"secure_world"`
	Reader      bool `json:"reader"`
	PINPad      bool `json:"pinpad"`
	Keys        bool `json:"keys"`
	Journal     bool `json:"journal"`
	Isolated    bool `json:"isolated"`
	Acquirer    bool `json:"acquirer"`
}

// ready tells whether a payment could begin. An acquirer that is away degrades;
// everything else that is missing, or insecure, is not ready.
func (a *api) ready(w http.ResponseWriter, _ *http.Request) {
	d, err := a.cfg.Lane.Describe()
	r := readinessOf(d, err == nil, !a.cfg.Journal.Broken())
	status := http.StatusOK
	if r.Status == "not_ready" {
		status = http.StatusServiceUnavailable
	}
	answer(w, status, r)
}

func readinessOf(d mailbox.Description, up, journal bool) readiness {
	c := checks{SecureWorld: up, Reader: d.ReaderConnected, PINPad: d.PINPadConnected,
		Keys:    up && d.State != payment.TerminalStateKeyExhausted && d.State != payment.TerminalStateTampered,
		Journal: journal, Isolated: d.Isolation != payment.IsolationNone, Acquirer: d.HostSignedOn}
	r := readiness{"ready", c}
	switch {
	case !c.SecureWorld || !c.Reader || !c.PINPad || !c.Keys || !c.Journal || !c.Isolated:
		r.Status = "not_ready"
	case !c.Acquirer:
		r.Status = "degraded"
	}
	return r
}
