package applications

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/licensing"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Config of the registry.
type Config struct {
	Arenas   *secretmem.Pool
	Spaces   Spaces             // nil: no application stores anything
	Services *services.Services // nil: none has cryptography
	// Payment is told to the app world as the others are. It is no business of this
	// package beyond that: the core alone reaches it.
	Payment mailbox.Inspected
	// Prove signs an application's challenge with the licence's key; nil: this kernel
	// proves nothing.
	Prove func(challenge, binding [32]byte) licensing.Proof
	// Fell is told the name of an application that failed.
	Fell func(name string)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Pause before an application is told again of a payment; 0 is the usual one. It
	// doubles.
	Pause time.Duration
	// Notices keeps what applications are yet to be told through a restart; nil: it is
	// lost then.
	Notices Keeper
	// Busy is the payment that is under way, zero where none is, and Look asks the
	// journal. Both are called once the registry runs.
	Busy func() payment.ID
	Look Look
}

// Registry has the applications that run.
type Registry struct {
	cfg   Config
	turns chan struct{}

	mu      sync.Mutex
	running map[string]*running

	notices notices
}

// New takes over what Compile made ready, and what an earlier kernel had yet to tell.
func New(cfg Config, modules []Module) (*Registry, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Pause == 0 {
		cfg.Pause = offerPause
	}
	if cfg.Fell == nil {
		cfg.Fell = func(string) {}
	}
	r := &Registry{cfg: cfg, running: map[string]*running{},
		turns: make(chan struct{}, max(1, runtime.NumCPU()-1))}
	r.notices.keep, r.notices.tell, r.notices.pause = cfg.Notices, r.tell, cfg.Pause
	if err := r.notices.load(); err != nil {
		return nil, err
	}
	for _, m := range modules {
		a, reason := r.adopt(m)
		if reason != mailbox.ApplicationFine {
			a.health.disable(reason, cfg.Now())
		}
		r.running[m.name] = a
	}
	return r, nil
}

// adopt gives a module its space.
func (r *Registry) adopt(m Module) (*running, mailbox.ApplicationReason) {
	a := &running{Module: m, r: r, own: make(chan struct{}, 1)}
	if m.err != nil {
		return a, mailbox.ApplicationStart
	}
	if !m.may(entitlement.Storage) || r.cfg.Spaces == nil {
		return a, mailbox.ApplicationFine
	}
	space, err := r.cfg.Spaces.Open(m.name, int(m.quotas.StorageBytes))
	if err != nil {
		return a, mailbox.ApplicationStorage
	}
	a.space = shelf{space, r.cfg.Spaces}
	return a, mailbox.ApplicationFine
}

func (r *Registry) find(name string) *running {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running[name]
}

// all are the applications by name.
func (r *Registry) all() []*running {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*running
	for _, a := range r.running {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *running) int { return strings.Compare(a.name, b.name) })
	return all
}

// protection of the applications' memory, as it is.
func (r *Registry) protection() payment.MemoryProtection {
	switch r.cfg.Arenas.Protection().Kind {
	case secretmem.KindSecret:
		return payment.MemoryProtectionSecret
	case secretmem.KindLocked:
		return payment.MemoryProtectionLocked
	}
	return payment.MemoryProtectionNone
}

// Close ends all applications.
func (r *Registry) Close() {
	for _, a := range r.all() {
		a.end()
	}
}
