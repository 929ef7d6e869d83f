package httpapi

import (
	"net/http"
	"net/netip"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/terminal/internal/display"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// front is one of the two sides from which the terminal can be reached: plain HTTP on
// loopback for its own page and for programs that may read its files, TLS for paired
// tills and nobody else. There is no page on TLS, no cookie, and the secrets of
// this start open nothing there; a paired till's token opens nothing on loopback.
type front struct {
	hosts  []string // exact
	scheme string
	tls    bool
}

// LAN is the side for tills.
type LAN struct {
	// Hosts are the exact Host values under which it answers.
	Hosts []string
	// Authority is the PEM of the authority that signs the certificate.
	Authority []byte
}

// New returns the interface without a side for tills.
func New(cfg Config) http.Handler {
	local, _ := Both(cfg, LAN{})
	return local
}

// Both returns the two sides, which share payments, streams and clients.
func Both(cfg Config, lan LAN) (local, tills http.Handler) {
	a := &api{cfg: cfg, streams: make(chan struct{}, maxStreams), display: display.New(),
		authority: lan.Authority, limits: newLimits(), flights: newFlights(),
		cookie: "__Host-strongroom-" + strconv.Itoa(int(cfg.Address.Port()))}
	b := *a
	a.front = front{hosts: hosts(cfg.Address), scheme: "http"}
	b.front = front{hosts: lan.Hosts, scheme: "https", tls: true}
	return a.handler(), b.handler()
}

func (a *api) handler() http.Handler {
	r := chi.NewRouter()
	a.pattern = routeOf(r)
	r.Use(a.hostAllowed, a.sameOrigin, a.identified)
	if a.front.tls {
		r.Use(a.bounded)
	}
	r.NotFound(a.problem(sale.NotFound))
	r.MethodNotAllowed(a.problem(sale.MethodNotAllowed))
	if !a.front.tls {
		a.pageRoutes(r)
	}
	a.openRoutes(r)
	r.Route("/v1", func(r chi.Router) {
		r.Use(a.permitted)
		a.pairedRoutes(r)
		a.pairingRoutes(r)
	})
	return hardened(traced(a.cfg, a.pattern, r))
}

// addressOf is that of the socket. What a header says of it is not asked.
func addressOf(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}
