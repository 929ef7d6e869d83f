package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/internal/testterminal"
)

// badLine loses every other answer after the terminal has given it, and every fifth
// request before it gets there.
type badLine struct {
	mu   sync.Mutex
	n    int
	lost int
}

var errLine = errors.New("the line is bad")

func (b *badLine) RoundTrip(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	b.n++
	n := b.n
	if n%2 == 1 || n%5 == 0 {
		b.lost++
	}
	b.mu.Unlock()
	if n%5 == 0 {
		return nil, errLine
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && n%2 == 1 {
		_ = res.Body.Close() // lost
		return nil, errLine
	}
	return res, err
}

func client(t *testing.T, terminal *testterminal.Terminal, transport http.RoundTripper) *Client {
	t.Helper()
	c, err := New(Config{Base: terminal.Base, Token: terminal.Token, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A whole life over a line that loses half of all answers: nothing happens twice.
func TestAWholeLifeOverABadLine(t *testing.T) {
	terminal := testterminal.Start(t, standin.Lives)
	line := &badLine{}
	c, ctx := client(t, terminal, line), t.Context()
	sold, err := c.Pay(ctx, "sale", Request{Amount: 1250, Currency: "EUR", Reference: "Table 5"})
	check(t, err)
	if !sold.Approved() || sold.Money != "captured" || sold.ApprovedAmount != 1250 {
		t.Fatalf("sold is %+v", sold)
	}
	back, err := c.Refund(ctx, "refund", sold.ID, 250)
	check(t, err)
	if !back.Approved() || back.Of != sold.ID {
		t.Errorf("given back is %+v", back)
	}
	held, err := c.Pay(ctx, "hold", Request{Amount: 5000, Currency: "EUR", Type: "preauth"})
	check(t, err)
	if _, err = c.Increment(ctx, "more", held.ID, 1000); err != nil {
		t.Fatal(err)
	}
	if _, err = c.Capture(ctx, "take", held.ID, 4000, true); err != nil {
		t.Fatal(err)
	}
	wrong, err := c.Pay(ctx, "wrong", Request{Amount: 100, Currency: "EUR"})
	check(t, err)
	if _, err = c.Void(ctx, "void", wrong.ID); err != nil {
		t.Fatal(err)
	}
	if sold, err = c.Recover(ctx, "sale"); err != nil || sold.RefundedAmount != 250 {
		t.Errorf("the sale is %+v, %v", sold, err)
	}
	closed, err := c.CloseBatch(ctx, "close")
	check(t, err)
	if closed.State != "closed" || closed.Theirs == nil {
		t.Errorf("the batch is %+v", closed)
	}
	if terminal.World.Starts() != 7 || line.lost == 0 {
		t.Errorf("%d payments began, %d answers were lost", terminal.World.Starts(), line.lost)
	}
	for _, format := range []string{"json", "text", "html", "escpos"} {
		var b []byte
		check(t, c.surely(ctx, func() (err error) { b, err = c.Receipt(ctx, sold.ID, "customer", format); return err }))
		if !strings.Contains(string(b), "APPROVED") {
			t.Errorf("the receipt as %s is %s", format, b)
		}
	}
}

func TestWhatBeganIsFoundAgainAfterACrash(t *testing.T) {
	terminal := testterminal.Start(t, standin.Wait)
	c := client(t, terminal, nil)
	if _, err := c.Recover(t.Context(), "k"); !errors.Is(err, ErrNeverSeen) {
		t.Fatalf("before anything began: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan error, 1)
	go func() { _, err := c.Pay(ctx, "k", Request{Amount: 700, Currency: "EUR"}); began <- err }()
	for terminal.World.Starts() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel() // the till ends
	if err := <-began; !errors.Is(err, ErrUnfinished) || !errors.Is(err, context.Canceled) {
		t.Errorf("the till was told %v", err)
	}
	again := client(t, terminal, nil)
	p, err := again.Recover(t.Context(), "k")
	if err != nil || p.Outcome != "" {
		t.Fatalf("found is %+v, %v", p, err)
	}
	if _, err := again.Pay(t.Context(), "another", Request{Amount: 1, Currency: "EUR"}); !IsCode(err, "busy") {
		t.Errorf("a second payment: %v", err)
	}
	check(t, again.Cancel(t.Context(), p.ID))
	if p, err = again.Follow(t.Context(), p); err != nil || p.Outcome != "canceled" || p.Approved() {
		t.Errorf("ended as %+v, %v", p, err)
	}
}

func TestProblemsHaveATypeAndADeclineIsNone(t *testing.T) {
	terminal := testterminal.Start(t, func(mailbox.Start) []standin.Step { return standin.Decline(time.Millisecond, 1, "05") })
	c := client(t, terminal, nil)
	p, err := c.Pay(t.Context(), "k", Request{Amount: 700, Currency: "EUR"})
	if err != nil || p.Outcome != "declined" || p.Decline == nil {
		t.Errorf("a decline is %+v, %v", p, err)
	}
	for code, r := range map[string]Request{"amount_invalid": {Amount: 0, Currency: "EUR"}, "currency_not_configured": {Amount: 1, Currency: "USD"}, "malformed": {Amount: 1, Currency: "EUR", Type: "gift"}} {
		_, err := c.Pay(t.Context(), code, r)
		var p *ProblemError
		if !errors.As(err, &p) || p.Code != code || p.Money != "none" || p.TraceID == "" || p.Retry == "" {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := c.Pay(t.Context(), "k", Request{Amount: 701, Currency: "EUR"}); !IsCode(err, "idempotency_mismatch") {
		t.Errorf("another question under the key: %v", err)
	}
	stranger, err := New(Config{Base: terminal.Base, Token: "x"})
	check(t, err)
	if _, err := stranger.Recover(t.Context(), "k"); !IsCode(err, "unpaired") {
		t.Errorf("a stranger: %v", err)
	}
}

// The stream goes on where it was, over a line that breaks.
func TestEventsGoOnWhereTheyWere(t *testing.T) {
	terminal := testterminal.Start(t, standin.Lives)
	c := client(t, terminal, &badLine{})
	p, err := c.Pay(t.Context(), "k", Request{Amount: 700, Currency: "EUR"})
	check(t, err)
	done := errors.New("seen")
	var last, versions int64
	err = c.Events(t.Context(), 0, func(e Event) error {
		var v Payment
		if e.ID != last+1 || e.Name != "payment" || json.Unmarshal(e.Data, &v) != nil {
			t.Errorf("after %d comes %+v", last, e)
		}
		last = e.ID
		if versions++; v.ID == p.ID && v.Outcome == "approved" {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) || versions < 3 {
		t.Errorf("after %d events: %v", versions, err)
	}
	gap := errors.New("gap")
	if err := c.Events(t.Context(), 1<<40, func(e Event) error {
		if e.Name == "gap" {
			return gap
		}
		return nil
	}); !errors.Is(err, gap) {
		t.Errorf("a number that was never given out: %v", err)
	}
}

func TestOnlyThePinnedKeyIsSpokenTo(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"id":"pay_x","outcome":"approved"}`)) // the client tells
	}))
	defer s.Close()
	sum := sha256.Sum256(s.Certificate().RawSubjectPublicKeyInfo)
	pin := base64.RawURLEncoding.EncodeToString(sum[:])
	c, err := New(Config{Base: s.URL, Token: "x", Pin: pin})
	check(t, err)
	if p, err := c.Get(t.Context(), "pay_x"); err != nil || !p.Approved() {
		t.Errorf("the right key: %v", err)
	}
	sum[0]++
	c, err = New(Config{Base: s.URL, Token: "x", Pin: base64.RawURLEncoding.EncodeToString(sum[:])})
	check(t, err)
	if _, err := c.Get(t.Context(), "pay_x"); !errors.Is(err, errPin) {
		t.Errorf("another key: %v", err)
	}
	for _, bad := range []Config{{Base: s.URL}, {Base: "http://192.168.1.7"}, {Base: "http://127.0.0.1.evil.example"}, {Base: "ftp://127.0.0.1"}, {Base: ""}, {Base: s.URL, Pin: "short"}} {
		if _, err := New(bad); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func FuzzReadStream(f *testing.F) {
	f.Add("retry: 1000\n\nid: 7\nevent: payment\ndata: {}\n\n: still here\n\n")
	f.Add("id: x\nevent:gap\ndata\n\n")
	f.Fuzz(func(t *testing.T, s string) {
		_ = readStream(strings.NewReader(s), func(e Event) error {
			if e.Name == "" {
				t.Error("an event without a name")
			}
			return nil
		})
	})
}
