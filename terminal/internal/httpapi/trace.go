package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"path"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Answered is a request that was answered: nothing of it is what a client wrote, but
// for the trace that it belongs to.
type Answered struct {
	Method, Route string // the pattern
	Status        int
	Began         time.Time
	Took          time.Duration
	Trace         Trace
	Payment       string // that it began; empty for none
}

type traceKey struct{}

// traced gives every request a trace and writes one line when it ends: method, route
// pattern and status, never what was sent.
func traced(cfg Config, pattern func(*http.Request) string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trace := traceFrom(r.Header)
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, trace.ID))
		w.Header().Set("Trace-Id", trace.ID)
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		a := Answered{Method: knownMethod(r.Method), Trace: trace, Began: time.Now()}
		next.ServeHTTP(rec, r)
		a.Route, a.Status, a.Took = pattern(r), rec.status, time.Since(a.Began)
		a.Payment = begun(w.Header().Get("Location"))
		a.log(cfg.Log)
		if cfg.Answered != nil {
			cfg.Answered(a)
		}
	})
}

func (a Answered) log(log *slog.Logger) {
	line := []any{"method", a.Method, "route", a.Route, "status", a.Status, "ms", a.Took.Milliseconds(), "trace_id", a.Trace.ID}
	if a.Trace.Parent != "" {
		line = append(line, "parent_id", a.Trace.Parent)
	}
	log.Info("request", line...)
}

// begun is the payment at which an answer points.
func begun(location string) string {
	id, err := payment.ParseID(path.Base(location))
	if err != nil {
		return ""
	}
	return id.String()
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
