package webhook

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
)

// Store keeps addresses; *journal.Journal is one.
type Store interface {
	Webhooks() ([]journal.Webhook, error)
	InsertWebhook(journal.Webhook) error
	UpdateWebhook(journal.Webhook) error
	DeleteWebhook(id string) (bool, error)
}

// Source is the durable log; *lane.Lane is one.
type Source interface {
	EventsAfter(after int64, limit int) (events []journal.Event, gap bool, err error)
	NewestEvent() (int64, error)
	Changed() <-chan struct{}
}

// Config of a courier.
type Config struct {
	Store  Store
	Source Source
	Log    *slog.Logger
	Now    func() time.Time
	Roots  *x509.CertPool                   // of https addresses; nil: the system's
	Pause  func(failures int) time.Duration // nil: from a second to four hours
}

// Courier tells addresses of events.
type Courier struct {
	cfg Config

	mu     sync.Mutex
	hooks  []journal.Webhook
	ends   map[string]context.CancelFunc // of those that are being told
	ctx    context.Context               // of Run; nil before and after
	rounds sync.WaitGroup
}

// New reads the addresses.
func New(cfg Config) (*Courier, error) {
	if cfg.Pause == nil {
		cfg.Pause = pause
	}
	hooks, err := cfg.Store.Webhooks()
	return &Courier{cfg: cfg, hooks: hooks, ends: map[string]context.CancelFunc{}}, err
}

// Run tells until ctx ends, and returns when nothing is sent any more.
func (c *Courier) Run(ctx context.Context) {
	c.mu.Lock()
	c.ctx = ctx
	for _, h := range c.hooks {
		c.begin(h)
	}
	c.mu.Unlock()
	<-ctx.Done()
	c.mu.Lock()
	c.ctx = nil
	c.mu.Unlock()
	c.rounds.Wait()
}

// begin tells one address. The caller holds mu.
func (c *Courier) begin(h journal.Webhook) {
	if c.ctx == nil || h.State != Active {
		return
	}
	ctx, end := context.WithCancel(c.ctx)
	c.ends[h.ID] = end
	c.rounds.Go(func() { defer end(); c.tell(ctx, h) })
}

// Add takes an address up, from the newest event on, and returns it with its secret.
func (c *Courier) Add(target string) (journal.Webhook, error) {
	if err := CheckURL(target); err != nil {
		return journal.Webhook{}, err
	}
	newest, err := c.cfg.Source.NewestEvent()
	if err != nil {
		return journal.Webhook{}, err
	}
	drawn := make([]byte, 16+keyBytes)
	_, _ = rand.Read(drawn) // never fails since Go 1.24
	now := c.cfg.Now().UTC().Truncate(time.Millisecond)
	h := journal.Webhook{ID: "wh_" + hex.EncodeToString(drawn[:16]), URL: target, Secret: drawn[16:], Created: now, Next: now, Position: newest, State: Active}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.hooks) >= MaxWebhooks {
		return journal.Webhook{}, ErrTooMany
	}
	if err := c.cfg.Store.InsertWebhook(h); err != nil {
		return journal.Webhook{}, err
	}
	c.hooks = append(c.hooks, h)
	c.begin(h)
	return h, nil
}

// List returns all addresses, oldest first, as they stand.
func (c *Courier) List() []journal.Webhook {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.hooks)
}

// Remove forgets an address and its secret, and reports whether there was one. What is
// being sent may still arrive.
func (c *Courier) Remove(id string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, err := c.cfg.Store.DeleteWebhook(id)
	if err != nil {
		return false, err
	}
	c.hooks = slices.DeleteFunc(c.hooks, func(h journal.Webhook) bool { return h.ID == id })
	if end := c.ends[id]; end != nil {
		end()
		delete(c.ends, id)
	}
	return found, nil
}

// keep makes durable how far an address has been told, unless it was removed.
func (c *Courier) keep(h journal.Webhook) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.hooks, func(k journal.Webhook) bool { return k.ID == h.ID })
	if at < 0 {
		return context.Canceled
	}
	c.hooks[at] = h
	return c.cfg.Store.UpdateWebhook(h)
}
