package till

import (
	"context"
	"net/http"
	"net/url"
)

// PairingRequest is a till's wish to be paired, as the merchant sees it.
type PairingRequest struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Scopes    []string `json:"scopes"`
	Status    string   `json:"status"`
	From      string   `json:"from"`
	ExpiresIn int      `json:"expires_in_s"`
	Code      string   `json:"code"` // empty until it is confirmed
}

// Pairing is the desk at which tills are paired.
type Pairing struct {
	Enabled bool            `json:"enabled"`
	URL     string          `json:"url"`
	SPKI    string          `json:"spki_sha256"`
	Request *PairingRequest `json:"request"`
}

// Client is a paired till.
type Client struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Scopes     []string `json:"scopes"`
	CreatedAt  string   `json:"created_at"`
	LastSeenAt string   `json:"last_seen_at"` // empty: not since the terminal's start
}

// Pairing tells of the last request.
func (t *Till) Pairing(ctx context.Context) (p Pairing, err error) {
	return p, t.Get(ctx, "/v1/pairing/requests/current", &p)
}

// AskForPairing begins a request in a till's place, which is confirmed by that.
func (t *Till) AskForPairing(ctx context.Context, name string, scopes []string) error {
	_, err := t.ask(ctx, http.MethodPost, "/v1/pairing/requests", map[string]any{"name": name, "scopes": scopes}, "")
	return err
}

// Decide confirms or rejects a request.
func (t *Till) Decide(ctx context.Context, id string, yes bool) error {
	act := "/reject"
	if yes {
		act = "/confirm"
	}
	_, err := t.ask(ctx, http.MethodPost, "/v1/pairing/requests/"+url.PathEscape(id)+act, nil, "")
	return err
}

// PairingQR is a confirmed request as lines of block characters.
func (t *Till) PairingQR(ctx context.Context, id string) (string, error) {
	return t.Text(ctx, "/v1/pairing/requests/"+url.PathEscape(id)+"/qr?format=text")
}

// Clients are the tills that are paired.
func (t *Till) Clients(ctx context.Context) ([]Client, error) {
	var v struct{ Clients []Client }
	return v.Clients, t.Get(ctx, "/v1/pairing/clients", &v)
}

// EndPairing ends a till's pairing.
func (t *Till) EndPairing(ctx context.Context, id string) error {
	_, err := t.ask(ctx, http.MethodDelete, "/v1/pairing/clients/"+url.PathEscape(id), nil, "")
	return err
}
