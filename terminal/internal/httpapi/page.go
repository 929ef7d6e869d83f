package httpapi

import (
	"net/http"

	"github.com/strongroom-pos/strongroom/terminal/sale"
	"github.com/strongroom-pos/strongroom/web"
)

// open sets the page's cookie for who has the link of this start, and leads to
// the page, so that the key does not stay in the address bar.
//
// Browsers take a __Host- cookie, which must be Secure, over plain HTTP from
// 127.0.0.1 and localhost, because nobody on a network can set or read it there
// (tried in Chromium 156). Its name carries the port, since cookies are shared
// between the ports of a host and two lanes must not overwrite each other's.
func (a *api) open(w http.ResponseWriter, r *http.Request) {
	if !a.cfg.Secrets.IsOpen(r.URL.Query().Get("key")) {
		a.fail(w, r, sale.Unpaired.Refuse())
		return
	}
	http.SetCookie(w, &http.Cookie{Name: a.cookie, Value: a.cfg.Secrets.Cookie(), Path: "/",
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// assets serves the embedded page; it holds no data and needs no secret.
func (a *api) assets(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[1:]
	if name == "" {
		name = "index.html"
	}
	body, contentType, ok := web.Asset(name)
	if !ok {
		a.fail(w, r, sale.NotFound.Refuse())
		return
	}
	w.Header().Set("Content-Type", contentType)
	// A failure means that the client is gone.
	_, _ = w.Write(body) //nolint:gosec // G705: an embedded file; the path only chose which
}
