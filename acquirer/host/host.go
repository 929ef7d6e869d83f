package host

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/hsm"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// Elements is what the host asks of its secure elements; element.Client is one.
type Elements = hsm.Elements

// Config is what a host is made of.
type Config struct {
	Database  string // SQLite file, or PostgreSQL URL
	Terminals []provisioning.Terminal
	Elements  Elements
	Now       func() time.Time // for card expiry and for the report
	// Forwarding, if there is any, has upstream decide instead of the issuer stand-in.
	Forwarding *Forwarding
}

// Host answers messages. Any number of goroutines may use it.
type Host struct {
	db        *database.Database
	hsm       *hsm.HSM
	codec     *codec.Codec
	now       func() time.Time
	terminals map[string]terminal    // by DE 41, padded; not changed after Open
	keys      keyring                // of terminals
	offers    sync.Mutex             // one key is offered at a time
	demand    atomic.Pointer[demand] // nil: no evidence is asked for

	forwarding *Forwarding // nil: the issuer stand-in decides

	answered atomic.Uint64
	refused  [refusals]atomic.Uint64
	declined declines
}

// terminal is one that may connect.
type terminal struct {
	id, merchant, currency string  // as on the wire: 8 and 15 characters, 3 digits
	key, pinKey            [8]byte // key: that of the enrolment, which may be replaced since
}

var errTerminals = errors.New("host: a terminal is not described correctly")

// Open opens or makes the database.
func Open(ctx context.Context, cfg Config) (*Host, error) {
	terminals, err := parseTerminals(cfg.Terminals)
	if err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, cfg.Database, ledger.Schema, issuer.Schema, recordSchema, lifeSchema, referralSchema, vaultSchema, batchSchema, payoutSchema, retentionSchema, keySchema, assessSchema, attestSchema, forwardSchema)
	if err != nil {
		return nil, err
	}
	h := &Host{db: db, hsm: hsm.New(cfg.Elements), codec: codec.New(), now: cfg.Now, terminals: terminals, forwarding: cfg.Forwarding}
	if err := h.openKeys(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, nil
}

// Close closes the database.
func (h *Host) Close() error { return h.db.Close() }

func parseTerminals(list []provisioning.Terminal) (map[string]terminal, error) {
	out := make(map[string]terminal, len(list))
	for _, p := range list {
		key, err1 := hex.DecodeString(p.KeyID)
		pin, err2 := hex.DecodeString(p.PINKeyID)
		if err1 != nil || err2 != nil || len(key) != 8 || len(pin) != 8 ||
			p.TerminalID == "" || len(p.TerminalID) > 8 || p.MerchantID == "" || len(p.MerchantID) > 15 || len(p.Currency) != 3 {
			return nil, errTerminals
		}
		t := terminal{id: pad(p.TerminalID, 8), merchant: pad(p.MerchantID, 15), currency: p.Currency,
			key: [8]byte(key), pinKey: [8]byte(pin)}
		if _, twice := out[t.id]; twice {
			return nil, errTerminals
		}
		out[t.id] = t
	}
	if len(out) > maxTerminals {
		return nil, errTerminals
	}
	return out, nil
}

// Reply is what goes back to the terminal.
type Reply struct {
	Frame []byte        // the answer with its MAC; nil: the issuer stays silent
	Delay time.Duration // before it is sent
}

// Handle answers one message. An error is a Refusal: there is no answer, and the
// connection is to be closed.
func (h *Host) Handle(ctx context.Context, s *Session, frame []byte) (Reply, error) {
	reply, err := h.handle(ctx, s, frame)
	if err == nil {
		h.answered.Add(1)
		return reply, nil
	}
	refusal := refusalOf(err)
	h.refused[refusal].Add(1)
	return Reply{}, refusal
}

func (h *Host) handle(ctx context.Context, s *Session, frame []byte) (Reply, error) {
	q, err := h.knowing(ctx, pad(s.Identity, 8), func() (*request, error) { return h.open(s.Identity, frame) })
	if err != nil {
		return Reply{}, err
	}
	q.session = s
	if q.asks() && q.fault == "" && !h.mayPay(q) {
		q.fault = hostspec.ResponseSecurity
	}
	return h.authentic(ctx, q, frame)
}

// asks reports whether the message asks for money, so that its terminal must have
// been let in; what settles what was booked is always taken.
func (q *request) asks() bool {
	return q.message.MTI == hostspec.MTIRequest || q.message.MTI == hostspec.MTIAuthorisation
}

// authentic answers a message if its MAC is right.
func (h *Host) authentic(ctx context.Context, q *request, frame []byte) (Reply, error) {
	body, mac := codec.Split(frame)
	ok, err := h.hsm.Authentic(ctx, q.ksn, body, mac)
	if err != nil {
		return Reply{}, RefusalElement
	}
	if !ok {
		return Reply{}, RefusalMAC
	}
	if h.forwarding != nil && q.fault == "" && !q.served() {
		q.fault = hostspec.ResponseNotPermitted
	}
	if h.forwarding != nil && q.fault == "" && q.forwards() {
		return h.forward(ctx, q)
	}
	var e evidence
	if q.kind.reads() && q.fault == "" {
		e = h.examine(ctx, q)
		defer e.wipe()
	}
	var reply Reply
	err = h.db.Update(ctx, func(tx *database.Tx) error {
		e.silent, e.reason, q.transient = false, reasonNone, false // it may be done again
		reply, err = h.once(ctx, tx, q, &e)
		return err
	})
	if err != nil {
		return Reply{}, err
	}
	if key := [8]byte(q.ksn[:8]); !q.byHand && !h.keys.proved(key) {
		h.keys.prove(q.terminal.id, key)
	}
	h.declined.count(e.reason)
	return reply, nil
}

func unpad(s string) string { return strings.TrimRight(s, " ") }

func pad(s string, n int) string {
	for len(s) < n {
		s += " "
	}
	return s
}
