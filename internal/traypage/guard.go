package traypage

import (
	"mime"
	"net/http"

	"github.com/strongroom-pos/strongroom/internal/localpage"
)

// asJSON refuses what an HTML form could send.
func asJSON(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			localpage.Refuse(w, http.StatusUnsupportedMediaType)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next(w, r)
	}
}
