package httpapi

import (
	"math"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
)

// pairingTicketView is what the till is told of its request.
type pairingTicketView struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Scopes    []string       `json:"scopes"`
	Status    pairing.Status `json:"status"`
	ExpiresAt string         `json:"expires_at"`
	ExpiresIn int            `json:"expires_in_s"`
}

// pairingRequestView is what the merchant is told of it.
type pairingRequestView struct {
	pairingTicketView
	Local     bool    `json:"local"`
	From      string  `json:"from"`
	TriesLeft int     `json:"tries_left"`
	Code      *string `json:"code"`
	URI       *string `json:"uri"`
	ClientID  *string `json:"client_id"`
}

type pairingState struct {
	Enabled bool                `json:"enabled"`
	URL     *string             `json:"url"`
	SPKI    *string             `json:"spki_sha256"`
	Request *pairingRequestView `json:"request"`
}

// pairedTokenView is the one answer that has a token.
type pairedTokenView struct {
	ClientID string   `json:"client_id"`
	Name     string   `json:"name"`
	Scopes   []string `json:"scopes"`
	Token    string   `json:"token"`
	SPKI     string   `json:"spki_sha256"`
}

type clientView struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Scopes     []string `json:"scopes"`
	CreatedAt  string   `json:"created_at"`
	LastSeenAt *string  `json:"last_seen_at"`
	Rotating   bool     `json:"rotating"`
}

type clientList struct {
	Clients []clientView `json:"clients"`
}

func (a *api) ticket(q pairing.Request) pairingTicketView {
	v := pairingTicketView{ID: q.ID, Name: q.Name, Scopes: q.Scopes.Names(), Status: q.Status, ExpiresAt: when(q.Expires)}
	if q.Open() {
		v.ExpiresIn = int(math.Ceil(a.cfg.Pairing.Left(q).Seconds()))
	}
	return v
}

func (a *api) pairingRequest(q pairing.Request) pairingRequestView {
	return pairingRequestView{pairingTicketView: a.ticket(q), Local: q.Local, From: q.From.String(), TriesLeft: q.Left,
		Code: orNull(q.Code), URI: a.link(q), ClientID: orNull(q.Client)}
}

// link is what the QR code says, nil where nothing can be completed with it.
func (a *api) link(q pairing.Request) *string {
	url, spki, _ := a.cfg.Pairing.Where()
	if q.Secret == "" {
		return nil
	}
	return orNull(pairing.Link{URL: url, ID: q.ID, SPKI: spki, Secret: q.Secret}.String())
}

func (a *api) pairedToken(c pairing.Client, token string) pairedTokenView {
	_, spki, _ := a.cfg.Pairing.Where()
	return pairedTokenView{ClientID: c.ID, Name: c.Name, Scopes: c.Scopes.Names(), Token: token, SPKI: spki}
}

func clientOfPairing(c pairing.Client) clientView {
	v := clientView{ID: c.ID, Name: c.Name, Scopes: c.Scopes.Names(), CreatedAt: when(c.Created), Rotating: c.Rotating}
	if !c.LastSeen.IsZero() {
		v.LastSeenAt = orNull(when(c.LastSeen))
	}
	return v
}

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
