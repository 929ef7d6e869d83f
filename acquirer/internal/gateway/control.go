package gateway

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/internal/upstream"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// Health is the answer to GET /health.
type Health struct {
	Ready       bool   `json:"ready"`
	Elements    bool   `json:"elements"`
	Connections int64  `json:"connections"`
	Answered    uint64 `json:"answered"`

	Refused  map[string]uint64 `json:"refused"`
	Declined map[string]uint64 `json:"declined"` // by the issuer's reason

	Faults       map[FaultKind]uint64      `json:"faults"`       // that were in force, set or drawn
	Misbehaviour provisioning.Misbehaviour `json:"misbehaviour"` // that draws them

	Upstream *Upstream `json:"upstream,omitempty"` // where another host decides
}

// Upstream is the line to the host that decides, and what waits for its word.
type Upstream struct {
	upstream.Counters
	Pending host.Pending `json:"pending"`
}

// Control is what tests and the demo may ask of the acquirer, JSON over HTTP on
// a Unix socket of mode 0600:
//
//	GET  /health        Health
//	GET  /ledger        host.Ledger
//	GET  /payment       host.Account, ?terminal_id=&rrn=
//	GET  /voice         Voice, ?terminal_id=&rrn=: what the issuer says to a call
//	GET  /transactions  []host.Transaction, newest first; ?before= a number for earlier ones
//	GET  /batches       []host.Batch, newest first
//	GET  /keys          []host.Key, the terminals' host keys
//	POST /keys          Offer → Offered: the id of a terminal's next host key
//	POST /fault         Fault → 204
//	PUT  /misbehaviour  provisioning.Misbehaviour → 204
//	POST /misfile       host.Misfiled → 204: settlements differ
//	POST /foreclose     host.Foreclosed → 204: a batch is closed behind its terminal's back
//	POST /cards         provisioning.Cards → 204
//	POST /reversals     Exported → []host.Settled: what a terminal prepared and could not send
func (g *Gateway) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { write(w, g.health(r.Context()), nil) })
	mux.HandleFunc("GET /ledger", func(w http.ResponseWriter, r *http.Request) {
		l, err := g.host.Ledger(r.Context())
		write(w, l, err)
	})
	mux.HandleFunc("GET /payment", func(w http.ResponseWriter, r *http.Request) {
		p, err := g.host.Payment(r.Context(), r.URL.Query().Get("terminal_id"), r.URL.Query().Get("rrn"))
		write(w, p, err)
	})
	mux.HandleFunc("GET /voice", func(w http.ResponseWriter, r *http.Request) {
		code, err := g.host.VoiceApproval(r.Context(), r.URL.Query().Get("terminal_id"), r.URL.Query().Get("rrn"))
		write(w, Voice{code}, err)
	})
	mux.HandleFunc("GET /transactions", func(w http.ResponseWriter, r *http.Request) {
		before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // 0 where it is none
		t, err := g.host.Transactions(r.Context(), before)
		write(w, t, err)
	})
	mux.HandleFunc("GET /batches", func(w http.ResponseWriter, r *http.Request) {
		b, err := g.host.Batches(r.Context())
		write(w, b, err)
	})
	mux.HandleFunc("GET /attestations", func(w http.ResponseWriter, r *http.Request) {
		a, err := g.host.Attestations(r.Context())
		write(w, a, err)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		k, err := g.host.Keys(r.Context())
		write(w, k, err)
	})
	mux.HandleFunc("POST /keys", g.offerKey)
	mux.HandleFunc("POST /attestation/kernel", accept(func(_ context.Context, k Kernel) error { return g.host.AcceptKernel(k.SHA256) }))
	mux.HandleFunc("PUT /attestation", accept(func(_ context.Context, p provisioning.Attestation) error { return g.host.Attest(p) }))
	mux.HandleFunc("POST /fault", accept(func(_ context.Context, f Fault) error { return g.Fault(f) }))
	mux.HandleFunc("PUT /misbehaviour", accept(func(_ context.Context, m provisioning.Misbehaviour) error { return g.Misbehave(m) }))
	mux.HandleFunc("POST /misfile", accept(func(ctx context.Context, m host.Misfiled) error { return g.host.Misfile(ctx, m) }))
	mux.HandleFunc("POST /foreclose", accept(func(ctx context.Context, f host.Foreclosed) error { return g.host.Foreclose(ctx, f) }))
	mux.HandleFunc("POST /reversals", g.settleReversals)
	mux.HandleFunc("POST /cards", accept(func(ctx context.Context, c provisioning.Cards) error { return g.host.AddCards(ctx, c.Cards) }))
	return mux
}

func (g *Gateway) health(ctx context.Context) Health {
	c := g.host.Counters()
	ready := g.host.Ready(ctx)
	h := Health{Ready: ready, Elements: ready, Connections: g.Connections(), Answered: c.Answered, Refused: c.Refused, Declined: c.Declined}
	h.Faults, h.Misbehaviour = g.faults.counted()
	if g.line != nil {
		pending, err := g.host.Pending(ctx)
		h.Upstream = &Upstream{Counters: g.line(), Pending: pending}
		h.Ready = h.Ready && err == nil && h.Upstream.Connected
	}
	return h
}

// Voice is what the issuer stand-in tells a merchant who calls about a referral.
type Voice struct {
	ApprovalCode string `json:"approval_code"`
}

// Offer asks for a terminal's next host key.
type Offer struct {
	TerminalID string `json:"terminal_id"`
}

// Offered is its id, 16 hex digits.
type Offered struct {
	KeyID string `json:"key_id"`
}

func (g *Gateway) offerKey(w http.ResponseWriter, r *http.Request) {
	var id [8]byte
	o, err := decode[Offer](w, r)
	if err == nil {
		id, err = g.host.OfferKey(r.Context(), o.TerminalID)
	}
	if err != nil {
		http.Error(w, `{"error":"refused"}`, http.StatusBadRequest)
		return
	}
	write(w, Offered{strings.ToUpper(hex.EncodeToString(id[:]))}, nil)
}

// Kernel names one that terminals may run.
type Kernel struct {
	SHA256 string `json:"sha256"`
}

// ServeControl serves it until ctx ends.
func (g *Gateway) ServeControl(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: g.Control(), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func write(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error":"database"}`)
		return
	}
	_ = json.NewEncoder(w).Encode(v)
}

// accept reads one JSON value and does something with it. The error does not say
// what was wrong with which value: it may be a card's.
func accept[T any](do func(context.Context, T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if v, err := decode[T](w, r); err != nil || do(r.Context(), v) != nil {
			http.Error(w, `{"error":"refused"}`, http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func decode[T any](w http.ResponseWriter, r *http.Request) (v T, err error) {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody))
	d.DisallowUnknownFields()
	return v, d.Decode(&v)
}
