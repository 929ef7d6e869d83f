// Package httpapi is the terminal's local HTTP interface: the routes of
// notes/http-api.md that exist so far, described for machines in openapi.json.
//
// It has two sides: plain HTTP on loopback, and TLS for paired tills. Every request
// passes, in this order: the exact Host, the origin, on TLS a rate, then for
// everything about money a secret of this start or a paired client's token and its
// scopes, then limits on media type and length. Errors are RFC 9457 problem documents.
//
// Only the terminal imports it. It must never hold account data; a client's address
// is that of its socket and is used for nothing but limits.
package httpapi

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/terminal/internal/access"
	"github.com/strongroom-pos/strongroom/terminal/internal/display"
	"github.com/strongroom-pos/strongroom/terminal/internal/lane"
	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Config of the interface.
type Config struct {
	Lane        *lane.Lane
	Secrets     access.Secrets
	Address     netip.AddrPort // where it listens; decides which Host is right
	Shop        receipt.Shop
	Environment string // "demo" or "production"
	Webhooks    Webhooks
	Version     string
	Journal     interface{ Broken() bool }
	Pairing     *pairing.Desk
	Log         *slog.Logger
	// Transport tells what carries the sessions at the mailbox.
	Transport func() session.Transport
	// Answered is told of each request that was answered. May be nil.
	Answered func(Answered)
	// Closing ends streams and long-polls, which would hold up a shutdown.
	Closing <-chan struct{}
}

type api struct {
	cfg     Config
	front   front
	cookie  string
	streams chan struct{}
	display *display.Board

	authority []byte // PEM; nil without a side for tills
	limits    *limits
	flights   *flights
	pattern   func(*http.Request) string
}

// pageRoutes are those of the built-in page.
func (a *api) pageRoutes(r chi.Router) {
	r.Get("/", a.assets)
	r.Get("/open", a.open)
	r.Get("/{name}", a.assets)
}

func (a *api) openRoutes(r chi.Router) {
	r.Get("/health/live", a.live)
	r.Get("/health/ready", a.ready)
	r.Get("/version", a.version)
	r.Get("/openapi.json", a.openAPI)
	r.Get("/docs", a.docs)
	r.Get("/docs.css", a.docsCSS)
	r.Get("/ca.pem", a.authorityPEM)
}

func (a *api) pairedRoutes(r chi.Router) {
	r.Post("/payments", a.create)
	r.Get("/payments", a.find)
	r.Get("/payments/{id}", a.get)
	r.Post("/payments/{id}/cancel", a.cancel)
	r.Get("/payments/{id}/receipt", a.receipt)
	r.Get("/payments/{id}/events", a.timeline)
	a.followUpRoutes(r)
	a.batchRoutes(r)
	r.Get("/queue", a.queue)
	r.Get("/events", a.events)
	a.displayRoutes(r)
	a.webhookRoutes(r)
	r.Get("/terminal", a.terminal)
	r.Get("/terminal/security", a.security)
	r.Post("/terminal/diagnosis", a.diagnose)
	r.Get("/terminal/attestation", a.attestation)
	r.Get("/terminal/keys", a.keys)
}

// Server returns a server with every limit set. Streams lift the write limit
// for themselves, before every write.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: headerLimit, ReadTimeout: readLimit,
		WriteTimeout: writeLimit, IdleTimeout: idleLimit, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
}

// TLSServer is Server for the side of tills.
func TLSServer(h http.Handler, c *tls.Config, log *slog.Logger) *http.Server {
	s := Server(h, log)
	s.TLSConfig, s.HTTP2 = c, &http.HTTP2Config{MaxConcurrentStreams: maxOnConnection}
	return s
}

// noRoute is the pattern of an address that leads nowhere.
const noRoute = "none"

// routeOf names the route that would match, not the path, which is input.
func routeOf(r chi.Router) func(*http.Request) string {
	return func(req *http.Request) string {
		c := chi.NewRouteContext()
		if !r.Match(c, knownMethod(req.Method), req.URL.Path) {
			return noRoute
		}
		return c.RoutePattern()
	}
}

func (a *api) problem(p sale.Problem) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { a.fail(w, r, p.Refuse()) }
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone; there is nobody to tell
}

// body reads a JSON body within its limit. None at all, announced as none, is the
// empty object: a void says everything by its address.
func body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
		return []byte("{}"), nil
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, set := params["charset"]
	if err != nil || media != "application/json" || set && charset != "utf-8" && charset != "UTF-8" {
		return nil, sale.MediaType.Refuse()
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		var tooLong *http.MaxBytesError
		if asError(err, &tooLong) {
			return nil, sale.TooLarge.Refuse()
		}
		return nil, sale.Malformed.Refuse() // half a body
	}
	return b, nil
}

// number reads a whole number of the query; fallback where it is not given.
func number(r *http.Request, name string, fallback, from, to int64) (int64, error) {
	values, given := r.URL.Query()[name]
	if !given {
		return fallback, nil
	}
	if len(values) != 1 || len(values[0]) > 19 {
		return 0, sale.Malformed.Refuse()
	}
	n, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || n < from || n > to || strconv.FormatInt(n, 10) != values[0] {
		return 0, sale.Malformed.Refuse()
	}
	return n, nil
}

// unlimited lifts the read limit, whose passing would end the request, and sets
// the write limit anew.
func unlimited(w http.ResponseWriter, d time.Duration) error {
	c := http.NewResponseController(w)
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	return c.SetWriteDeadline(time.Now().Add(d))
}
