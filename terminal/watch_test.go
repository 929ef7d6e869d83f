package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

// lines is a log that is written and read at the same time.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}
func (l *lines) all() string { l.mu.Lock(); defer l.mu.Unlock(); return l.String() }

// started is the whole program over a stand-in for the secure world.
type started struct {
	t             *testing.T
	log           *lines
	base, metrics string
	token         string
}

func start(t *testing.T) *started {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "mailbox"))
	must(t, err)
	world := standin.New(func(mailbox.Start) []standin.Step { return standin.Approve(time.Millisecond) })
	go world.Serve(l)
	s := &started{t: t, log: &lines{}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	addresses := filepath.Join(dir, "addresses.json")
	go func() {
		ended <- run(ctx, []string{"-mailbox", "unix:" + filepath.Join(dir, "mailbox"), "-data", filepath.Join(dir, "data"),
			"-metrics", "127.0.0.1:0", "-addresses", addresses}, s.log)
	}()
	t.Cleanup(func() {
		cancel()
		must(t, <-ended)
		_ = l.Close()
		world.HangUp()
	})
	s.until("it listens", func() bool { _, err := os.Stat(addresses); return err == nil })
	var at struct{ HTTP, Metrics string }
	b, err := os.ReadFile(addresses)
	must(t, err)
	must(t, json.Unmarshal(b, &at))
	token, err := os.ReadFile(filepath.Join(dir, "data", "access.token"))
	must(t, err)
	s.base, s.metrics, s.token = at.HTTP, at.Metrics, strings.TrimSpace(string(token))
	s.until("the secure world is there", func() bool { return strings.Contains(s.page(), "strongroom_secure_world_up 1\n") })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *started) until(what string, done func() bool) {
	s.t.Helper()
	for range 3000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("half a minute, and not: %s", what)
}

func (s *started) page() string {
	s.t.Helper()
	a, err := http.Get(s.metrics)
	must(s.t, err)
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	must(s.t, err)
	return string(b)
}

func (s *started) ask(method, path, body string, header ...string) (http.Header, string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.base+path, strings.NewReader(body))
	must(s.t, err)
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	must(s.t, err)
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	must(s.t, err)
	return a.Header, string(b)
}

// TestMetricsAndLogOfASaleNameNeitherCardNorToken also tries the trace of a caller,
// and looks for a reference that a cashier wrote.
func TestMetricsAndLogOfASaleNameNeitherCardNorToken(t *testing.T) {
	const trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	s := start(t)
	header, _ := s.ask("POST", "/v1/payments", `{"amount":1234,"currency":"EUR","reference":"TABLECANARY"}`,
		"Idempotency-Key", "KEYCANARY", "Traceparent", "00-"+trace+"-"+parent+"-01")
	if header.Get("Trace-Id") != trace {
		t.Error("the caller's trace was not taken")
	}
	s.until("it is approved", func() bool { return strings.Contains(s.page(), `strongroom_payments_total{outcome="approved"} 1`) })
	_, body := s.ask("GET", "/v1/payments?idempotency_key=KEYCANARY", "")
	var p struct {
		ID   string
		Card struct{ Token, Masked, Last4 string }
	}
	must(t, json.Unmarshal([]byte(body), &p))
	page := s.page()
	if _, err := newParser().TextToMetricFamilies(strings.NewReader(page)); err != nil {
		t.Error(err)
	}
	for _, canary := range []string{p.Card.Token, p.Card.Masked, "TABLECANARY", "KEYCANARY", s.token} {
		if canary == "" || strings.Contains(page, canary) || strings.Contains(s.log.all(), canary) {
			t.Errorf("metrics or log say %q", canary)
		}
	}
	if p.ID == "" || strings.Contains(page, p.ID) || strings.Contains(page, `"`+p.Card.Last4+`"`) {
		t.Error("a payment has a series of its own")
	}
	s.checkLog(trace, parent)
}

func newParser() *expfmt.TextParser { p := expfmt.NewTextParser(model.UTF8Validation); return &p }

func (s *started) checkLog(trace, parent string) {
	s.t.Helper()
	found := false
	for line := range strings.Lines(s.log.all()) {
		var m map[string]any
		must(s.t, json.Unmarshal([]byte(line), &m))
		for _, key := range []string{"time", "level", "msg"} {
			if m[key] == nil {
				s.t.Errorf("no %s in %s", key, line)
			}
		}
		if m["program"] != "terminal" {
			s.t.Errorf("no program in %s", line)
		}
		found = found || m["trace_id"] == trace && m["parent_id"] == parent
	}
	if !found {
		s.t.Error("no line names the caller's trace")
	}
}
