package page

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

type pad struct {
	*Page
	t *testing.T
}

func serving(t *testing.T) pad {
	t.Helper()
	p, err := Listen(t.Context(), "127.0.0.1:0", display.New(), &keypad.Keypad{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return pad{p, t}
}

// ask sends a request that is right in every way, changed.
func (p pad) ask(method, path, body string, change func(*http.Request)) (int, string, http.Header) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.URL()+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+string(p.key))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(b), answer.Header
}

func TestAKeyIsTakenWhenOneIsAskedFor(t *testing.T) {
	p := serving(t)
	if status, _, _ := p.ask(http.MethodPost, "/v1/keys", `{"key":"1"}`, nil); status != http.StatusConflict {
		t.Errorf("nobody asks: %d", status)
	}
	keys, stop := p.keypad.Listen()
	defer stop()
	for name, want := range map[string]keypad.Key{"0": '0', "9": '9', "ok": keypad.OK, "clear": keypad.Clear, "cancel": keypad.Cancel} {
		if status, body, _ := p.ask(http.MethodPost, "/v1/keys", `{"key":"`+name+`"}`, nil); status != http.StatusNoContent || body != "" {
			t.Errorf("%s: %d %q", name, status, body)
		}
		if got := <-keys; got != want {
			t.Errorf("%s came as %d", name, got)
		}
	}
}

func TestRequestsThatThisPageWouldNotSendAreRefused(t *testing.T) {
	p := serving(t)
	keys, stop := p.keypad.Listen()
	defer stop()
	const good = `{"key":"1"}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		want   int
	}{
		"no key":              {good, header("Authorization", ""), 401},
		"another key":         {good, header("Authorization", "Bearer "+strings.Repeat("A", 43)), 401},
		"a foreign host":      {good, func(r *http.Request) { r.Host = "evil.example:80" }, 403},
		"a host without port": {good, func(r *http.Request) { r.Host = "127.0.0.1" }, 403},
		"DNS rebinding":       {good, func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("Sec-Fetch-Site", "same-origin") }, 403},
		"a cross-site page":   {good, header("Sec-Fetch-Site", "cross-site"), 403},
		"another origin":      {good, header("Origin", "http://evil.example"), 403},
		"a null origin":       {good, header("Origin", "null"), 403},
		"a form":              {good, header("Content-Type", "text/plain"), 415},
		"no content type":     {good, header("Content-Type", ""), 415},
		"an unknown key":      {`{"key":"a"}`, nil, 400},
		"two digits":          {`{"key":"12"}`, nil, 400},
		"another name":        {`{"keys":"1"}`, nil, 400},
		"something behind":    {good + good, nil, 400},
		"no JSON":             {`1`, nil, 400},
		"too long":            {`{"key":"1"` + strings.Repeat(" ", 100) + `}`, nil, 400},
		"nothing":             {"", nil, 400},
	} {
		if status, body, _ := p.ask(http.MethodPost, "/v1/keys", c.body, c.change); status != c.want || strings.Contains(body, "evil") {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
	if len(keys) != 0 {
		t.Error("a refused request pressed a key")
	}
	own := header("Origin", p.URL())
	if status, _, _ := p.ask(http.MethodPost, "/v1/keys", good, own); status != http.StatusNoContent {
		t.Errorf("the page itself: %d", status)
	}
}

func TestTheDisplayComesWhenItChanges(t *testing.T) {
	p := serving(t)
	read := func(since string) display.Screen {
		status, body, _ := p.ask(http.MethodGet, "/v1/display?since="+since, "", nil)
		var s display.Screen
		if err := json.Unmarshal([]byte(body), &s); status != 200 || err != nil {
			t.Fatalf("%d %q", status, body)
		}
		return s
	}
	first := read("")
	go func() { time.Sleep(100 * time.Millisecond); p.display.AskPIN(1234, 978, true, false, 3) }()
	began := time.Now()
	if s := read("0"); s.Seq == first.Seq || s.Dots != 3 || s.Amount != "12.34 EUR" || s.State != display.StatePIN || time.Since(began) > 5*time.Second {
		t.Fatalf("%+v", s)
	}
	if status, _, _ := p.ask(http.MethodGet, "/v1/display?since=x", "", nil); status != 400 {
		t.Errorf("a number that is none: %d", status)
	}
	if status, _, _ := p.ask(http.MethodGet, "/v1/display", "", func(r *http.Request) { r.Header.Del("Authorization") }); status != 401 {
		t.Errorf("without the key: %d", status)
	}
}

func TestThePageHoldsNoSecretAndCannotBeFramed(t *testing.T) {
	p := serving(t)
	status, body, h := p.ask(http.MethodGet, "/", "", func(r *http.Request) { r.Header.Del("Authorization") })
	if status != 200 || !strings.Contains(body, "STAND-IN FOR HARDWARE") || strings.Contains(body, string(p.key)) {
		t.Errorf("%d", status)
	}
	policy := h.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, path := range []string{"/pinpad.css", "/pinpad.js"} {
		if status, _, _ := p.ask(http.MethodGet, path, "", nil); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestTheKeyIsInAPrivateFileAndNewAtEachStart(t *testing.T) {
	a, b := serving(t), serving(t)
	if string(a.key) == string(b.key) || len(a.key) < 40 {
		t.Error("the key is not fresh")
	}
	path := filepath.Join(t.TempDir(), "page.url")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := a.WriteAddress(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	got, _ := os.ReadFile(path)
	if string(got) != a.URL()+"/#"+string(a.key)+"\n" {
		t.Errorf("%q", got)
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost:0", "127.0.0.1", ""} {
		if _, err := Listen(t.Context(), address, display.New(), &keypad.Keypad{}); err == nil {
			t.Errorf("listens on %q", address)
		}
	}
}

func TestConnectionsBeyondTheBoundDoNotStopTheOthers(t *testing.T) {
	p := serving(t)
	var open []net.Conn
	for range maxConnections + 10 {
		c, err := net.Dial("tcp", p.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	for _, c := range open {
		_ = c.Close()
	}
	for tries := 0; ; tries++ { // the places are free when the server has seen the ends
		c, err := net.Dial("tcp", p.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte("GET / HTTP/1.1\r\nHost: " + p.listener.Addr().String() + "\r\nConnection: close\r\n\r\n"))
		b, _ := io.ReadAll(c)
		_ = c.Close()
		if strings.HasPrefix(string(b), "HTTP/1.1 200") {
			return
		}
		if tries > 100 {
			t.Fatal("nobody is served any more")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func FuzzKey(f *testing.F) {
	f.Add(`{"key":"1"}`)
	f.Add(`{"key":"cancel"}`)
	f.Fuzz(func(t *testing.T, body string) {
		if k, ok := readKey(strings.NewReader(body)); ok && !k.Valid() {
			t.Fatalf("%q became %d", body, k)
		}
	})
}
