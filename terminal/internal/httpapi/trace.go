package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"time"
)

type traceKey struct{}

// traced gives every request an id of our own (an inbound one is not believed)
// and writes one line when it ends: method, route pattern and status, never
// what was sent.
func traced(log *slog.Logger, pattern func(*http.Request) string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := newTrace()
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, id))
		w.Header().Set("Trace-Id", id)
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		began := time.Now()
		next.ServeHTTP(rec, r)
		log.Info("request", "method", knownMethod(r.Method), "route", pattern(r), "status", rec.status,
			"ms", time.Since(began).Milliseconds(), "trace_id", id)
	})
}

func newTrace() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

func traceOf(r *http.Request) string {
	id, _ := r.Context().Value(traceKey{}).(string)
	return id
}

// knownMethod keeps a client's own words out of the log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// recorder notes the status. Unwrap lets http.ResponseController reach the
// connection; without it no deadline could be set on a stream.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
