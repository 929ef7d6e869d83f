package httpapi_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/access"
	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/lane"
	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/internal/webhook"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// settle stands for the time in which a secure world reads a frame.
const settle = 150 * time.Millisecond

// rig is a terminal with a stand-in for the secure world.
type rig struct {
	t      *testing.T
	dir    string
	world  *standin.World
	socket string
	log    *lockedBuffer

	base    string
	secrets access.Secrets
	lane    *lane.Lane
	stop    func()
	tills   *tillSide
}

func newRig(t *testing.T, script func(mailbox.Start) []standin.Step) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), world: standin.New(script), log: &lockedBuffer{}}
	r.socket = filepath.Join(r.dir, "mailbox")
	l, err := net.Listen("unix", r.socket)
	if err != nil {
		t.Fatal(err)
	}
	go r.world.Serve(l)
	t.Cleanup(func() { l.Close(); r.world.HangUp() })
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

func fast(mailbox.Start) []standin.Step { return standin.Approve(time.Millisecond) }

// start begins a run of the terminal over the rig's data directory.
func (r *rig) start() {
	r.t.Helper()
	j, err := journal.Open(filepath.Join(r.dir, "journal.db"))
	check(r.t, err)
	dial, err := session.Dialer(session.Config{Address: "unix:" + r.socket})
	check(r.t, err)
	log := slog.New(slog.NewJSONHandler(r.log, nil))
	carrier := session.Prefer(dial)
	r.lane, err = lane.New(j, lane.Config{Dial: carrier.Dial, Now: time.Now, Random: rand.Reader, Log: log, Settle: settle})
	check(r.t, err)
	r.secrets, err = access.Draw()
	check(r.t, err)
	courier, err := webhook.New(webhook.Config{Store: j, Source: r.lane, Log: log, Now: time.Now})
	check(r.t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(r.t, err)
	r.base = "http://" + listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	r.tills = openTills(r, j)
	page, lan := httpapi.Both(httpapi.Config{Lane: r.lane, Secrets: r.secrets,
		Address: netip.MustParseAddrPort(listener.Addr().String()), Environment: "demo",
		Shop: receipt.Shop{Name: "Café Größe", Address: "Main Street 1, 12345 Town"}, Version: "test", Webhooks: courier, Pairing: r.tills.desk,
		Journal: j, Log: log, Transport: carrier.Transport, Closing: ctx.Done()}, r.tills.lan)
	server := httpapi.Server(page, log)
	endTills := r.tills.serve(lan, log)
	ran, told := make(chan error, 1), make(chan struct{}, 1)
	go func() { courier.Run(ctx); told <- struct{}{} }()
	go func() { ran <- r.lane.Run(ctx) }()
	go func() { _ = server.Serve(httpapi.Bounded(listener)) }() // ends by Close below
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			cancel()
			_ = server.Close()
			endTills()
			<-ran
			<-told
			check(r.t, j.Close())
		})
	}
	eventually(r.t, "the mailbox link comes up", r.lane.Up)
}

// in is the rig for a subtest.
func (r *rig) in(t *testing.T) *rig { c := *r; c.t = t; return &c }

// restart ends the terminal and begins it again.
func (r *rig) restart() { r.t.Helper(); r.stop(); r.start() }

type answer struct {
	status int
	header http.Header
	body   []byte
}

// call makes a request as a paired till and holds the answer to openapi.json.
func (r *rig) call(method, path, body string, header ...string) answer {
	r.t.Helper()
	return r.raw(method, path, body, append([]string{"Authorization", "Bearer " + r.secrets.Token()}, header...)...)
}

// raw makes a request with no header but those given.
func (r *rig) raw(method, path, body string, header ...string) answer {
	r.t.Helper()
	a, err := r.try(method, path, body, header...)
	check(r.t, err)
	conforms(r.t, method, path, a)
	return a
}

func (r *rig) try(method, path, body string, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, b}, err
}

// pay starts a payment of an amount under a key.
func (r *rig) pay(key string, amount string) answer {
	r.t.Helper()
	return r.call("POST", "/v1/payments", `{"amount":`+amount+`,"currency":"EUR"}`, "Idempotency-Key", key)
}

func (a answer) payment(t *testing.T) sale.Payment {
	t.Helper()
	var p sale.Payment
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("status %d: %v", a.status, err)
	}
	return p
}

func (a answer) code(t *testing.T) string {
	t.Helper()
	var p struct{ Code string }
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("status %d: %v", a.status, err)
	}
	return p.Code
}

// settled long-polls until the payment has its outcome.
func (r *rig) settled(id payment.ID) sale.Payment {
	r.t.Helper()
	var p sale.Payment
	eventually(r.t, "the payment completes", func() bool {
		p = r.call("GET", "/v1/payments/"+id.String(), "").payment(r.t)
		return p.Outcome != nil
	})
	return p
}

func (r *rig) expect(a answer, status int, code string) {
	r.t.Helper()
	if a.status != status || code != "" && a.code(r.t) != code {
		r.t.Fatalf("got %d %s, want %d %s", a.status, a.body, status, code)
	}
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("in ten seconds it did not happen that %s", what)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }
