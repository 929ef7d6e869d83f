package localpage

import (
	"net"
	"net/http"
)

// Guard lets through what the page at this address itself, or a program on this
// machine, could have sent. A foreign Host is refused before anything else, since
// http.CrossOriginProtection alone answers to DNS rebinding.
func Guard(at net.Addr, next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		if !own(at, r.Host) {
			Refuse(w, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// own: exactly this listener, by its number or as localhost.
func own(at net.Addr, host string) bool {
	_, port, err := net.SplitHostPort(at.String())
	return err == nil && (host == at.String() || host == "localhost:"+port)
}

func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
		"img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}

// OwnPage refuses what another site's page asks for: it could read nothing, but
// hold places.
func OwnPage(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
			Refuse(w, http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// Refuse answers with the status's own words: nothing of the request.
func Refuse(w http.ResponseWriter, status int) {
	http.Error(w, http.StatusText(status), status)
}
