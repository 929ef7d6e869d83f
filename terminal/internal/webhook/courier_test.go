package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
)

// memory is a durable log and store in memory.
type memory struct {
	mu      sync.Mutex
	events  []journal.Event
	floor   int64 // events up to here are gone
	changed chan struct{}
	hooks   []journal.Webhook
}

func newMemory(n int) *memory {
	m := &memory{changed: make(chan struct{})}
	for range n {
		m.happen()
	}
	return m
}

func (m *memory) happen() {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := int64(len(m.events) + 1)
	m.events = append(m.events, journal.Event{Number: n, Body: fmt.Appendf(nil, `{"n":%d,"updated_at":"2026-11-21T10:00:00Z"}`, n)})
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *memory) EventsAfter(after int64, limit int) (out []journal.Event, gap bool, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events {
		if e.Number > max(after, m.floor) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, after < m.floor, nil
}

func (m *memory) NewestEvent() (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.events)), nil
}

func (m *memory) Changed() <-chan struct{} { m.mu.Lock(); defer m.mu.Unlock(); return m.changed }

func (m *memory) Webhooks() ([]journal.Webhook, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.hooks), nil
}

func (m *memory) InsertWebhook(w journal.Webhook) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hooks = append(m.hooks, w)
	return nil
}

func (m *memory) UpdateWebhook(w journal.Webhook) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.hooks {
		if m.hooks[i].ID == w.ID {
			m.hooks[i] = w
		}
	}
	return nil
}

func (m *memory) DeleteWebhook(id string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.hooks)
	m.hooks = slices.DeleteFunc(m.hooks, func(w journal.Webhook) bool { return w.ID == id })
	return len(m.hooks) < before, nil
}

// inbox is an address that checks signatures and answers as told.
type inbox struct {
	t      *testing.T
	mu     sync.Mutex
	key    []byte
	status func(n int) int // of the n-th message, from 1
	n      int
	taken  []string // what was answered 200: event numbers, or gap
	ids    map[string]int
}

func newInbox(t *testing.T, status func(int) int) (*inbox, *httptest.Server) {
	b := &inbox{t: t, status: status, ids: map[string]int{}}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	return b, s
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	id := r.Header.Get("webhook-id")
	b.ids[id]++
	var at int64
	_, _ = fmt.Sscan(r.Header.Get("webhook-timestamp"), &at)
	if b.key != nil && r.Header.Get("webhook-signature") != Sign(b.key, id, time.Unix(at, 0), body) {
		b.t.Error("a message is not signed")
	}
	status := b.status(b.n)
	if status == 200 {
		b.taken = append(b.taken, word(body))
	}
	w.Header().Set("Location", "/elsewhere")
	w.WriteHeader(status)
}

func word(body []byte) string {
	var v struct {
		Type string
		Data struct{ Event, After, Until int64 }
	}
	_ = json.Unmarshal(body, &v)
	if v.Type == "events.gap" {
		return fmt.Sprintf("gap%d-%d", v.Data.After, v.Data.Until)
	}
	return fmt.Sprint(v.Data.Event)
}

func (b *inbox) got() string { b.mu.Lock(); defer b.mu.Unlock(); return strings.Join(b.taken, " ") }

func (b *inbox) wait(want string) {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); b.got() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("told is %q, not %q", b.got(), want)
		}
	}
}

// run is one life of a courier.
func run(t *testing.T, m *memory) (c *Courier, end func()) {
	t.Helper()
	c, err := New(Config{Store: m, Source: m, Log: slog.New(slog.DiscardHandler), Now: time.Now, Pause: func(int) time.Duration { return time.Millisecond }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	end = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(end)
	return c, end
}

func add(t *testing.T, c *Courier, url string) journal.Webhook {
	t.Helper()
	h, err := c.Add(url)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestEveryEventArrivesInOrderAlsoOverFailuresAndARestart(t *testing.T) {
	m := newMemory(3)
	refuse := true
	b, s := newInbox(t, func(n int) int {
		if refuse && n%3 != 0 {
			return []int{500, 302}[n%2]
		}
		return 200
	})
	c, end := run(t, m)
	h := add(t, c, s.URL+"/hook")
	b.mu.Lock()
	b.key = h.Secret
	b.mu.Unlock()
	for range 4 {
		m.happen()
	}
	b.wait("4 5 6 7")
	end()
	m.happen()
	m.happen()
	_, _ = run(t, m)
	b.wait("4 5 6 7 8 9")
	for id, n := range b.ids {
		if n != 3 {
			t.Errorf("%s was sent %d times: the id of a try is not that of the one before", id, n)
		}
	}
}

func TestWhatTheLogNoLongerHoldsIsToldAsAGap(t *testing.T) {
	m := newMemory(2)
	b, s := newInbox(t, func(int) int { return 200 })
	c, end := run(t, m)
	add(t, c, s.URL)
	end()
	for range 5 {
		m.happen()
	}
	m.mu.Lock()
	m.floor = 5
	m.mu.Unlock()
	run(t, m)
	b.wait("gap2-5 6 7")
}

func TestAnAddressThatIsGoneIsToldNoMore(t *testing.T) {
	for status, state := range map[int]string{410: Gone, 404: Failed} {
		m := newMemory(0)
		b, s := newInbox(t, func(int) int { return status })
		c, _ := run(t, m)
		add(t, c, s.URL)
		m.happen()
		for end := time.Now().Add(30 * time.Second); c.List()[0].State != state; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("after %d it is %+v", status, c.List()[0].State)
			}
		}
		if want := map[int]int{410: 1, 404: maxTries}[status]; b.n != want || c.List()[0].Status != status {
			t.Errorf("%d was answered %d times", status, b.n)
		}
	}
}

func TestARemovedAddressIsForgotten(t *testing.T) {
	m := newMemory(0)
	b, s := newInbox(t, func(int) int { return 200 })
	c, end := run(t, m)
	kept, gone := add(t, c, s.URL+"/a"), add(t, c, s.URL+"/b")
	if found, err := c.Remove(gone.ID); !found || err != nil {
		t.Fatal(found, err)
	}
	if found, _ := c.Remove(gone.ID); found {
		t.Error("it is removed twice")
	}
	m.happen()
	b.wait("1")
	for c.List()[0].Position != 1 {
		time.Sleep(time.Millisecond)
	}
	end()
	if hooks, _ := m.Webhooks(); len(hooks) != 1 || hooks[0].ID != kept.ID || hooks[0].Position != 1 {
		t.Errorf("kept are %d", len(hooks))
	}
}

func TestAddressesAreBounded(t *testing.T) {
	c, _ := run(t, newMemory(0))
	for range MaxWebhooks {
		add(t, c, "https://shop.invalid/")
	}
	if _, err := c.Add("https://shop.invalid/"); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
	if _, err := c.Add("http://shop.invalid/"); !errors.Is(err, ErrURL) {
		t.Errorf("plain http: %v", err)
	}
}

func TestOverTLSTheCertificateCounts(t *testing.T) {
	m := newMemory(0)
	b := &inbox{t: t, status: func(int) int { return 200 }, ids: map[string]int{}}
	s := httptest.NewTLSServer(b)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(s.Close)
	c, end := run(t, m)
	add(t, c, s.URL)
	m.happen()
	for c.List()[0].Failures < 2 {
		time.Sleep(time.Millisecond)
	}
	end()
	if b.got() != "" {
		t.Fatal("a server that nobody vouches for was told")
	}
	c, err := New(Config{Store: m, Source: m, Log: slog.New(slog.DiscardHandler), Now: time.Now, Roots: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	if err != nil {
		t.Fatal(err)
	}
	go c.Run(t.Context())
	b.wait("1")
}
