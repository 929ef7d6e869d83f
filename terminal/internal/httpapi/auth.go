package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Clients on loopback, whose idempotency keys do not meet. Those on TLS have the
// names that they were paired under.
const (
	clientTill = "till"
	clientPage = "page"
)

type clientKey struct{}

// identity is who asks: nobody, where client is empty, and then why.
type identity struct {
	client string
	scopes pairing.Scopes
	err    error
}

// identified finds out who asks. Whether it is enough, the route says.
func (a *api) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := a.identify(r)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, who)))
	})
}

// identify prefers the bearer token: a wrong one is not made good by a cookie.
func (a *api) identify(r *http.Request) identity {
	nobody := identity{err: sale.Unpaired.Refuse()}
	if h := r.Header.Values("Authorization"); len(h) > 0 {
		token, ok := strings.CutPrefix(h[0], "Bearer ")
		switch {
		case !ok || len(h) != 1:
			return nobody
		case a.front.tls:
			return a.pairedClient(token)
		case a.cfg.Secrets.IsToken(token):
			return identity{client: clientTill, scopes: pairing.All}
		}
		return nobody
	}
	c, err := r.Cookie(a.cookie)
	if err == nil && !a.front.tls && a.cfg.Secrets.IsCookie(c.Value) {
		return identity{client: clientPage, scopes: pairing.All}
	}
	return nobody
}

func (a *api) pairedClient(token string) identity {
	c, err := a.cfg.Pairing.Clients().Authenticate(token)
	switch {
	case errors.Is(err, pairing.ErrUnknown):
		return identity{err: sale.Unpaired.Refuse()}
	case errors.Is(err, pairing.ErrRevoked):
		return identity{err: sale.Revoked.Refuse()}
	case err != nil:
		return identity{err: err}
	}
	return identity{client: c.ID, scopes: c.Scopes}
}

func identityOf(r *http.Request) identity {
	who, _ := r.Context().Value(clientKey{}).(identity)
	return who
}

func clientOf(r *http.Request) string { return identityOf(r).client }
