package metrics

import (
	"io"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Source is asked when somebody asks for the metrics.
type Source struct {
	// Describe is what the secure world says of itself, and an error while it is away.
	Describe func() (mailbox.Description, error)
	// Waiting is how many messages to the acquirer are not confirmed: reversals and
	// advices, captures.
	Waiting func() (uint32, error)
	// Broken reports whether the journal takes no writes any more.
	Broken func() bool
	// Scrubbed is how many values the log has replaced.
	Scrubbed func() uint64
	// Unpaired is how many tries to pair failed.
	Unpaired func() uint64
	// Version is the revision that runs.
	Version string
}

// Terminal is what is counted here, and what the secure world counts.
type Terminal struct {
	began time.Time

	payments, requests    *family
	duration, authorizing *family
	commits               *family

	mu    sync.Mutex
	since map[payment.ID]time.Time // when open payments went to the host
}

// New returns counts of 0. Outcomes are there from the start, so that the first of a
// kind is an increase.
func New() *Terminal {
	t := &Terminal{
		began:       time.Now(),
		since:       map[payment.ID]time.Time{},
		payments:    newFamily(counter, "payments_total", "Payments that became final, by outcome.", "outcome"),
		duration:    newFamily(histogram, "payment_duration_seconds", "Time from a payment's request until it was final."),
		authorizing: newFamily(histogram, "payment_authorizing_seconds", "Time that payments spent waiting for the acquirer's answer, as the terminal saw it."),
		requests:    newFamily(counter, "http_requests_total", "Requests to the local interface, by route, method and status.", "route", "method", "status"),
		commits:     newFamily(histogram, "journal_fsync_seconds", "Time of one write of the journal until it was on the disk."),
	}
	t.duration.bounds, t.authorizing.bounds, t.commits.bounds = paymentBounds(), hostBounds(), commitBounds()
	for o := payment.OutcomeNone + 1; o.Valid(); o++ {
		t.payments.add(0, o.String())
	}
	return t
}

// Payment takes a durable change of an open payment, the one that makes it final being
// the last.
func (t *Terminal) Payment(p sale.Payment) {
	t.toHost(p)
	if p.Outcome == nil {
		return
	}
	t.payments.add(1, *p.Outcome)
	t.duration.observe(p.UpdatedAt.Sub(p.CreatedAt).Seconds())
}

// toHost notes when a payment begins to wait for the acquirer, and for how long.
func (t *Terminal) toHost(p sale.Payment) {
	t.mu.Lock()
	defer t.mu.Unlock()
	began, waiting := t.since[p.ID]
	switch waits := p.Status == payment.StatusAuthorizing.String(); {
	case waits && !waiting:
		t.since[p.ID] = p.UpdatedAt
	case !waits && waiting:
		delete(t.since, p.ID)
		t.authorizing.observe(p.UpdatedAt.Sub(began).Seconds())
	}
}

// Request takes a request that was answered. route is the pattern, never the path.
func (t *Terminal) Request(method, route string, status int) {
	t.requests.add(1, route, method, strconv.Itoa(status))
}

// Committed takes the time of one write of the journal.
func (t *Terminal) Committed(d time.Duration) { t.commits.observe(d.Seconds()) }

// Write writes all metrics as they stand.
func (t *Terminal) Write(w io.Writer, s Source) {
	for _, f := range []*family{t.payments, t.duration, t.authorizing, t.requests, t.commits} {
		f.write(w)
	}
	for _, f := range append(t.now(s), t.secureWorld(s)...) {
		f.write(w)
	}
}

// now is how this process stands.
func (t *Terminal) now(s Source) []*family {
	info := newFamily(gauge, "build_info", "What runs: 1, with its version as label.", "version", "go")
	info.set(1, short(s.Version), runtime.Version())
	return []*family{
		info,
		single(gauge, "start_time_seconds", "When this process began, in Unix seconds.", float64(t.began.Unix())),
		single(gauge, "goroutines", "Goroutines of this process.", float64(runtime.NumGoroutine())),
		single(gauge, "journal_broken", "1 once a write of the journal has failed.", bit(s.Broken())),
		single(counter, "pairing_failures_total", "Wrong tries, rejected and expired requests to pair a till.", float64(s.Unpaired())),
		single(counter, "log_values_removed_total", "Values that were taken out of the log since they looked like a card number.", float64(s.Scrubbed())),
	}
}

// short is the beginning of a revision, which is enough to find it.
func short(version string) string { return version[:min(len(version), maxDigits)] }

func single(k kind, name, help string, v float64) *family {
	f := newFamily(k, name, help)
	f.set(v)
	return f
}

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
