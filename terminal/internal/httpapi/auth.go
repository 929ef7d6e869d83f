package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Clients, whose idempotency keys do not meet.
const (
	clientTill = "till"
	clientPage = "page"
)

type clientKey struct{}

// scopes are what a client may do beside paying.
type scopes uint8

// Scopes. What a client has of them, its pairing says.
const (
	scopeRefund scopes = 1 << iota // give money to a card that paid nothing here
)

// scopesOf are the scopes of a client: both of this start have all.
func scopesOf(client string) scopes {
	switch client {
	case clientTill, clientPage:
		return scopeRefund
	}
	return 0
}

// scoped lets through who has a scope.
func (a *api) scoped(want scopes) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if scopesOf(clientOf(r))&want != want {
				a.fail(w, r, sale.Scope.Refuse())
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// paired lets through who holds a secret of this start.
func (a *api) paired(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := a.clientOf(r)
		if client == "" {
			a.fail(w, r, sale.Unpaired.Refuse())
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, client)))
	})
}

// clientOf prefers the bearer token: a wrong one is not made good by a cookie.
func (a *api) clientOf(r *http.Request) string {
	if h := r.Header.Values("Authorization"); len(h) > 0 {
		token, ok := strings.CutPrefix(h[0], "Bearer ")
		if ok && len(h) == 1 && a.cfg.Secrets.IsToken(token) {
			return clientTill
		}
		return ""
	}
	c, err := r.Cookie(a.cookie)
	if err == nil && a.cfg.Secrets.IsCookie(c.Value) {
		return clientPage
	}
	return ""
}

func clientOf(r *http.Request) string {
	c, _ := r.Context().Value(clientKey{}).(string)
	return c
}
