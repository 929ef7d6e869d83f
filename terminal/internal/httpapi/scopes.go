package httpapi

import (
	"net/http"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// rule says who may use a route on which side.
type rule struct {
	// need are the scopes of which a client has at least one; none: every client.
	need pairing.Scopes
	// side is where the route is.
	side side
	// open routes need no client on TLS.
	open bool
}

type side uint8

const (
	bothSides side = iota
	loopback       // at the terminal itself
	tillSide
)

// money is who may see payments.
const money = pairing.Pay | pairing.Refund | pairing.Batch

// rules is read-only: who may do what. A route under /v1 that has no line here is
// closed to every paired till.
var rules = map[string]rule{
	"POST /v1/payments":                {need: pairing.Pay},
	"GET /v1/payments":                 {need: money},
	"GET /v1/payments/{id}":            {need: money},
	"GET /v1/payments/{id}/events":     {need: money},
	"GET /v1/payments/{id}/receipt":    {need: money},
	"POST /v1/payments/{id}/cancel":    {need: pairing.Pay},
	"POST /v1/payments/{id}/capture":   {need: pairing.Pay},
	"POST /v1/payments/{id}/increment": {need: pairing.Pay},
	// Without refund a client voids only what it began itself.
	"POST /v1/payments/{id}/void":    {need: pairing.Pay | pairing.Refund},
	"POST /v1/payments/{id}/refunds": {need: pairing.Refund},
	"POST /v1/refunds":               {need: pairing.Refund},
	"POST /v1/balance-inquiries":     {need: pairing.Pay},

	"GET /v1/batches":                {need: pairing.Batch},
	"GET /v1/batches/current":        {need: pairing.Batch},
	"POST /v1/batches/current/close": {need: pairing.Batch},
	"GET /v1/batches/{batch}":        {need: pairing.Batch},
	"GET /v1/batches/{batch}/report": {need: pairing.Batch},

	"GET /v1/events":     {need: money},
	"GET /v1/display":    {need: money},
	"PUT /v1/display":    {need: pairing.Pay},
	"DELETE /v1/display": {need: pairing.Pay},

	"GET /v1/queue":                {},
	"GET /v1/terminal":             {},
	"GET /v1/terminal/security":    {},
	"GET /v1/terminal/attestation": {},
	"GET /v1/terminal/keys":        {},
	"POST /v1/terminal/diagnosis":  {},

	"POST /v1/pairing/requests":               {open: true},
	"GET /v1/pairing/requests/{id}":           {open: true},
	"POST /v1/pairing/requests/{id}/complete": {open: true, side: tillSide},
	"GET /v1/pairing/requests/current":        {side: loopback},
	"GET /v1/pairing/requests/{id}/qr":        {side: loopback},
	"POST /v1/pairing/requests/{id}/confirm":  {side: loopback},
	"POST /v1/pairing/requests/{id}/reject":   {side: loopback},
	"GET /v1/webhooks":                        {need: pairing.Admin},
	"POST /v1/webhooks":                       {need: pairing.Admin},
	"GET /v1/webhooks/{webhook}":              {need: pairing.Admin},
	"DELETE /v1/webhooks/{webhook}":           {need: pairing.Admin},

	"GET /v1/pairing/clients": {need: pairing.Admin},
	// The client itself, or admin.
	"GET /v1/pairing/clients/{id}":         {},
	"DELETE /v1/pairing/clients/{id}":      {},
	"POST /v1/pairing/clients/{id}/rotate": {},
}

// permitted lets through who may use a route. Who asks at the terminal itself may do
// everything that is done there.
func (a *api) permitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.refusal(r); err != nil {
			a.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *api) refusal(r *http.Request) error {
	who := identityOf(r)
	pattern := a.pattern(r)
	rule, known := rules[knownMethod(r.Method)+" "+pattern]
	switch {
	case who.client == "" && !(rule.open && a.front.tls):
		return who.err
	case rule.side == loopback && a.front.tls, rule.side == tillSide && !a.front.tls:
		return sale.Scope.Refuse()
	case rule.open || !a.front.tls || pattern == noRoute:
		return nil
	case !known || rule.need != 0 && rule.need&who.scopes == 0:
		return sale.Scope.Refuse()
	}
	return nil
}

// has reports whether a client has a scope.
func has(r *http.Request, s pairing.Scopes) bool { return identityOf(r).scopes&s == s }
