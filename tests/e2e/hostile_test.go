//go:build linux

package e2e

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

// hostilePeers is how many peers come to one socket at once: more than any door
// serves at a time.
const hostilePeers = 24

// manner is a way to misbehave on an open connection. It ends when the peer has
// hung up or ctx ends.
type manner struct {
	name   string
	behave func(ctx context.Context, c net.Conn)
}

func manners() []manner {
	return []manner{
		{"garbage", garbage}, {"half-open", silence}, {"slow", drip},
		{"an enormous length", enormous}, {"a hello that breaks off", brokenHello},
		{"nothing but an end", func(context.Context, net.Conn) {}},
	}
}

// garbage sends more than any frame holds and reads whatever comes.
func garbage(_ context.Context, c net.Conn) {
	noise := make([]byte, 64<<10)
	_, _ = rand.Read(noise)
	_, _ = c.Write(noise)
	_, _ = io.Copy(io.Discard, c)
}

func silence(_ context.Context, c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// drip sends one byte at a time, each well within any deadline between bytes.
func drip(ctx context.Context, c net.Conn) {
	for i := byte(0); pause(ctx, 200*time.Millisecond) == nil; i++ {
		if _, err := c.Write([]byte{i}); err != nil {
			return
		}
	}
}

// enormous announces the longest frame that a length of two or four bytes can
// say, and sends a little of it.
func enormous(_ context.Context, c net.Conn) {
	_, _ = c.Write([]byte{0xff, 0xff, 0xff, 0xff, 0x02, 0x01, 0x00})
	_, _ = io.Copy(io.Discard, c)
}

// brokenHello begins a TLS record of a client's hello and stops.
func brokenHello(_ context.Context, c net.Conn) {
	_, _ = c.Write([]byte{0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03})
	_, _ = io.Copy(io.Discard, c)
}

// TestBadInputOnEverySocketOfTheLaneLeavesTheNextSaleAlone lets crowds of hostile
// peers hang on every socket, and makes a sale while they do and one after.
func TestBadInputOnEverySocketOfTheLaneLeavesTheNextSaleAlone(t *testing.T) {
	l := sharedLane(t)
	if l == nil {
		return
	}
	l.turn.Lock()
	defer l.turn.Unlock()
	for _, door := range l.sockets() {
		for _, m := range manners() {
			t.Run(door.name+"/"+m.name, func(t *testing.T) { l.besiege(t, door, m) })
		}
	}
}

// TestBadInputThatFillsADoorIsCountedAndKeepsNoOwnerOut fills each door of the
// secure world with peers that say nothing, and starts its rightful peer anew.
func TestBadInputThatFillsADoorIsCountedAndKeepsNoOwnerOut(t *testing.T) {
	l := sharedLane(t)
	if l == nil {
		return
	}
	l.turn.Lock()
	defer l.turn.Unlock()
	owners := map[string]string{"mailbox": estate.Terminal, "sred": estate.Reader, "pinentry": estate.PINPad}
	for _, door := range l.sockets() {
		if owner := owners[door.name]; owner != "" {
			t.Run(door.name, func(t *testing.T) { l.lockOut(t, door, owner) })
		}
	}
}

func (l *lane) lockOut(t *testing.T, door socket, owner string) {
	before := l.refusedFrames(t)
	lift := l.crowd(t, door, manner{"half-open", silence})
	err := errors.Join(l.estate.Kill(owner), l.revive(t.Context(), owner))
	if err != nil {
		t.Errorf("%s does not get in again: %v", owner, err)
	}
	if err := l.soundSale(t.Context()); err != nil {
		t.Errorf("a sale of the new %s: %v", owner, err)
	}
	lift()
	// The mailbox is closed to programs that boot does not know before it is full.
	if door.name != "mailbox" && l.refusedFrames(t) == before {
		t.Error("nobody was counted")
	}
	if err := errors.Join(l.restore(t.Context()), l.soundSale(t.Context())); err != nil {
		t.Errorf("the sale after: %v", err)
	}
}

func (l *lane) refusedFrames(t *testing.T) uint64 {
	t.Helper()
	c, err := l.till.counters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c["frames_refused"]
}

func (l *lane) besiege(t *testing.T, door socket, m manner) {
	before, books := l.pids(), l.state(t)
	lift := l.crowd(t, door, m)
	if now := l.state(t); now != books {
		t.Errorf("the crowd alone changed the books from %s to %s", books, now)
	}
	if err := l.soundSale(t.Context()); err != nil {
		t.Errorf("a sale meanwhile: %v", err)
	}
	lift()
	if err := errors.Join(l.soundSale(t.Context()), l.crashed()); err != nil {
		t.Errorf("the sale after: %v", err)
	}
	for name, pid := range l.pids() {
		if before[name] != pid {
			t.Errorf("%s has died", name)
		}
	}
}

// state is what must not change but by sales: the books and the last payment.
func (l *lane) state(t *testing.T) string {
	t.Helper()
	ledger, err := l.books.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var latest struct {
		Payments []paid `json:"payments"`
	}
	if err := l.till.get(t.Context(), "/v1/payments?limit=1", &latest); err != nil {
		t.Fatal(err)
	}
	last := paid{}
	if len(latest.Payments) > 0 {
		last = latest.Payments[0]
	}
	return fmt.Sprintf("%+v, %s version %d", ledger, last.ID, last.Version)
}

// crowd lets hostilePeers connect and behave until lift is called, which waits
// for all of them.
func (l *lane) crowd(t *testing.T, door socket, m manner) (lift func()) {
	t.Helper()
	siege, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	connected := 0
	for range hostilePeers {
		var d net.Dialer
		c, err := d.DialContext(siege, door.network, door.address)
		if err != nil {
			continue
		}
		connected++
		all.Go(func() {
			defer c.Close()
			defer context.AfterFunc(siege, func() { _ = c.Close() })()
			m.behave(siege, c)
		})
	}
	if connected == 0 {
		t.Errorf("nobody could connect to %s: nothing was tried", door.name)
	}
	if err := pause(siege, 200*time.Millisecond); err != nil { // to be heard
		t.Fatal(err)
	}
	return func() { stop(); all.Wait() }
}

func TestBadInputOverHTTPIsRefusedWithItsCode(t *testing.T) {
	l := sharedLane(t)
	if l == nil {
		return
	}
	l.turn.Lock()
	defer l.turn.Unlock()
	good := `{"amount":100,"currency":"EUR"}`
	for _, c := range []struct {
		name   string
		status int
		code   string
		method string
		path   string
		body   string
		change func(*http.Request)
	}{
		{"wrong host", 403, "host_not_allowed", "POST", "/v1/payments", good, func(r *http.Request) { r.Host = "attacker.example" }},
		{"rebound name with the right port", 403, "host_not_allowed", "GET", "/v1/terminal", "", func(r *http.Request) { r.Host = "attacker.example:" + r.URL.Port() }},
		{"another site's page", 403, "cross_origin", "POST", "/v1/payments", good, func(r *http.Request) { r.Header.Set("Origin", "http://attacker.example") }},
		{"no token", 401, "unpaired", "POST", "/v1/payments", good, func(r *http.Request) { r.Header.Del("Authorization") }},
		{"another token", 401, "unpaired", "POST", "/v1/payments", good, func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }},
		{"no key", 400, "missing_idempotency_key", "POST", "/v1/payments", good, func(r *http.Request) { r.Header.Del("Idempotency-Key") }},
		{"two keys", 400, "missing_idempotency_key", "POST", "/v1/payments", good, func(r *http.Request) { r.Header.Add("Idempotency-Key", "b") }},
		{"a form", 415, "media_type", "POST", "/v1/payments", good, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		{"an enormous body", 413, "too_large", "POST", "/v1/payments", `{"reference":"` + strings.Repeat("x", 1<<20) + `"}`, nil},
		{"an unknown payment", 404, "not_found", "GET", "/v1/payments/pay_aaaaaaaaaaaaaaaaaaaaaaaaaa", "", nil},
		{"no payment's name", 404, "not_found", "GET", "/v1/payments/..%2f..%2fetc", "", nil},
		{"an unknown method", 405, "method_not_allowed", "DELETE", "/v1/payments", "", nil},
		{"an unknown key", 404, "never_seen", "GET", "/v1/payments?idempotency_key=nobody", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := l.till.request(t.Context(), c.method, c.path, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Idempotency-Key", newKey())
			if c.change != nil {
				c.change(r)
			}
			status, err := l.till.do(r, nil)
			if status != c.status || codeOf(err) != c.code {
				t.Errorf("answered with %d, %v", status, err)
			}
		})
	}
	// The control: requests of the same till, unspoilt, are taken.
	if err := l.soundSale(t.Context()); err != nil {
		t.Errorf("the next sale: %v", err)
	}
}
