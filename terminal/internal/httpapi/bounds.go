package httpapi

import (
	"context"
	"net/http"
	"sync"

	"golang.org/x/time/rate"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// bounded holds every paired client, and every address that is none, to a rate, and a
// client to a number of requests at once, streams among them.
func (a *api) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := identityOf(r)
		if !a.limits.allow(who.client, pairing.Network(addressOf(r)).String()) {
			a.fail(w, r, sale.RateLimited.Refuse())
			return
		}
		if who.client == "" {
			next.ServeHTTP(w, r)
			return
		}
		ctx, end, ok := a.flights.begin(r.Context(), who.client)
		if !ok {
			a.fail(w, r, sale.TooManyStreams.Refuse())
			return
		}
		defer end()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// limits are buckets of requests, one for each client and each address.
type limits struct {
	mu   sync.Mutex
	by   map[string]*rate.Limiter
	rest *rate.Limiter // for addresses beyond those that are remembered
}

func newLimits() *limits {
	return &limits{by: map[string]*rate.Limiter{}, rest: rate.NewLimiter(strangerRate, strangerBurst)}
}

func (l *limits) allow(client, address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if client != "" {
		return l.bucket(client, clientRate, clientBurst).Allow()
	}
	return l.bucket(address, strangerRate, strangerBurst).Allow()
}

func (l *limits) bucket(key string, r rate.Limit, burst int) *rate.Limiter {
	if b := l.by[key]; b != nil {
		return b
	}
	if len(l.by) >= maxBuckets {
		l.forgetIdle()
	}
	if len(l.by) >= maxBuckets {
		return l.rest
	}
	b := rate.NewLimiter(r, burst)
	l.by[key] = b
	return b
}

// forgetIdle drops the buckets that are full: they are as new ones would be.
func (l *limits) forgetIdle() {
	for key, b := range l.by {
		if b.Tokens() >= float64(b.Burst()) {
			delete(l.by, key)
		}
	}
}

// flights are the requests of paired clients that are being answered. When a pairing
// ends, so do they: a stolen token's event stream must not outlive it.
type flights struct {
	mu sync.Mutex
	by map[string]map[*context.CancelFunc]bool
}

func newFlights() *flights { return &flights{by: map[string]map[*context.CancelFunc]bool{}} }

func (f *flights) begin(ctx context.Context, client string) (context.Context, func(), bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.by[client]) >= maxAtOnce {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	if f.by[client] == nil {
		f.by[client] = map[*context.CancelFunc]bool{}
	}
	f.by[client][&cancel] = true
	return ctx, func() { cancel(); f.end(client, &cancel) }, true
}

func (f *flights) end(client string, key *context.CancelFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if delete(f.by[client], key); len(f.by[client]) == 0 {
		delete(f.by, client)
	}
}

// cut ends all requests of a client but one.
func (f *flights) cut(client string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for cancel := range f.by[client] {
		(*cancel)()
	}
}
