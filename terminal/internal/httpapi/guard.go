package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// hosts are the exact Host values under which the terminal answers: its own
// address, and localhost on the same port.
func hosts(address netip.AddrPort) []string {
	return []string{address.String(), net.JoinHostPort("localhost", strconv.Itoa(int(address.Port())))}
}

// hostAllowed comes before everything: a page that has rebound its name to this
// address looks same-origin to every later check. 403 and not 421, which would
// invite the client to try elsewhere.
func (a *api) hostAllowed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(a.front.hosts, r.Host) {
			a.fail(w, r, sale.HostNotAllowed.Refuse())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what a browser sends for another site.
func (a *api) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if protection.Check(r) != nil || !a.originAllowed(r) {
			a.fail(w, r, sale.CrossOrigin.Refuse())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// originAllowed holds an Origin, where there is one, to this very address: no
// wildcard, no null, no other port.
func (a *api) originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	return len(origins) == 0 || len(origins) == 1 && origins[0] == a.front.scheme+"://"+r.Host
}

// hardened sets what every answer carries.
func hardened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; "+
			"frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if len(r.TransferEncoding) > 0 {
			// It may have had a length beside its chunks, by which somebody before us
			// would cut the stream elsewhere (RFC 9112, 6.3); net/http has removed it.
			h.Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
