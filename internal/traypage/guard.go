package traypage

import (
	"mime"
	"net"
	"net/http"
)

// guard lets through what this page itself, or a program on this machine, could
// have sent. A foreign Host is refused before anything else, since
// http.CrossOriginProtection alone answers to DNS rebinding.
func (p *Page) guard(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		if !p.ownHost(r.Host) {
			refuse(w, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownHost: exactly this listener, by its number or as localhost.
func (p *Page) ownHost(host string) bool {
	_, port, err := net.SplitHostPort(p.listener.Addr().String())
	return err == nil && (host == p.listener.Addr().String() || host == "localhost:"+port)
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

// asJSON refuses what an HTML form could send.
func asJSON(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			refuse(w, http.StatusUnsupportedMediaType)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next(w, r)
	}
}

// ownPage refuses what another site's page asks for: it could read nothing, but
// hold places.
func ownPage(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
			refuse(w, http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// refuse answers with the status's own words: nothing of the request.
func refuse(w http.ResponseWriter, status int) {
	http.Error(w, http.StatusText(status), status)
}
