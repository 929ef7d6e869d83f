package till

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Terminal is the terminal's state.
type Terminal struct {
	State           string `json:"state"`
	TerminalID      string `json:"terminal_id"`
	MerchantID      string `json:"merchant_id"`
	Currency        string `json:"currency"`
	ReaderConnected bool   `json:"reader_connected"`
	PINPadConnected bool   `json:"pinpad_connected"`
	HostSignedOn    bool   `json:"host_signed_on"`
	HostRefusal     string `json:"host_refusal"` // none where it was not refused
	CardPresent     bool   `json:"card_present"`
	Reversals       struct {
		Pending        int  `json:"pending"`
		NeedsAttention bool `json:"needs_attention"`
	} `json:"reversals"`
}

// Security is what protects card data, in the secure world's own words.
type Security struct {
	Environment      string          `json:"environment"`
	Isolation        string          `json:"isolation"`
	Accelerator      string          `json:"accelerator"`
	Transport        string          `json:"transport"` // of the mailbox: ring or socket
	TransportReason  string          `json:"transport_reason"`
	MemoryProtection string          `json:"memory_protection"`
	StorageRoot      string          `json:"storage_root"`
	Attestation      string          `json:"attestation"`
	AppMeasurement   string          `json:"app_measurement"`
	Layers           map[string]bool `json:"layers"`
	Notes            []string        `json:"notes"`
}

// Readiness tells whether a payment could begin.
type Readiness struct {
	Status string          `json:"status"` // ready, degraded or not_ready
	Checks map[string]bool `json:"checks"`
}

// Terminal asks for the terminal's state.
func (t *Till) Terminal(ctx context.Context) (v Terminal, err error) {
	return v, t.Get(ctx, "/v1/terminal", &v)
}

// Security asks what is in force.
func (t *Till) Security(ctx context.Context) (v Security, err error) {
	return v, t.Get(ctx, "/v1/terminal/security", &v)
}

// Ready asks whether a payment could begin. Not ready is an answer, no error.
func (t *Till) Ready(ctx context.Context) (r Readiness, err error) {
	b, err := t.ask(ctx, http.MethodGet, "/health/ready", nil, "")
	var p *Problem
	if err != nil && (!errors.As(err, &p) || p.Status != http.StatusServiceUnavailable) {
		return r, err
	}
	if json.Unmarshal(b, &r) != nil || r.Status == "" {
		return r, errors.New("till: the terminal's answer is not its readiness")
	}
	return r, nil
}
