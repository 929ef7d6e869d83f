package elementspage

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/elements"
	"github.com/strongroom-pos/strongroom/internal/localpage"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// looks counts up at each look.
type looks uint64

func (l *looks) Look(context.Context) elements.Star {
	*l++
	return elements.Star{Branches: []elements.Branch{{Name: "north", Groups: []elements.Group{{
		Picture: door.Picture{
			Group: "a", State: "serving", Questions: uint64(*l), Findings: []string{"<b>gcrypt</b> disagreed"},
			Members: []door.Member{{Make: "stdlib", Health: "healthy"}},
		},
	}}}}}
}

func serving(t *testing.T) *Page {
	t.Helper()
	p, err := Listen(t.Context(), "127.0.0.1:0", func() Looker { return new(looks) })
	if err != nil {
		t.Fatal(err)
	}
	p.every = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return p
}

func ask(t *testing.T, p *Page, path string, change func(*http.Request)) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(p.URL(), "/")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestThePageIsWholeInItselfAndWithoutInlineCode(t *testing.T) {
	p := serving(t)
	answer := ask(t, p, "/", nil)
	b, _ := io.ReadAll(answer.Body)
	for _, never := range []string{"http://", "https://", "style=", "onclick", "<style", "<script>"} {
		if strings.Contains(string(b), never) {
			t.Errorf("%q in the page", never)
		}
	}
	for _, want := range []string{`lang="en"`, `id="sum" role="status" aria-live="polite"`, `role="log"`, `role="alert"`, "<noscript>"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%q is missing", want)
		}
	}
	policy := answer.Header.Get("Content-Security-Policy")
	if answer.StatusCode != 200 || !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Error(answer.Status, policy)
	}
	for path, kind := range map[string]string{"/elements.css": "text/css", "/elements.js": "text/javascript", "/icon.svg": "image/svg+xml"} {
		if a := ask(t, p, path, nil); a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

func TestTheStarIsToldAgainAndAgain(t *testing.T) {
	answer := ask(t, serving(t), "/v1/events", nil)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(answer.Status)
	}
	lines := bufio.NewScanner(answer.Body)
	for want := uint64(1); want <= 3; {
		if !lines.Scan() {
			t.Fatal("the stream ended")
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var s elements.Star
		if err := json.Unmarshal([]byte(data), &s); err != nil || s.Branches[0].Groups[0].Questions != want || strings.Contains(data, "<b>") {
			t.Fatalf("%s %v", data, err)
		}
		want++
	}
}

func TestStreamsAreBounded(t *testing.T) {
	p := serving(t)
	for range maxStreams {
		if a := ask(t, p, "/v1/events", nil); a.StatusCode != 200 {
			t.Fatal(a.Status)
		}
	}
	if a := ask(t, p, "/v1/events", nil); a.StatusCode != 503 {
		t.Error(a.Status)
	}
}

func TestOtherSitesGetNothing(t *testing.T) {
	p := serving(t)
	for name, change := range map[string]func(*http.Request){
		"a foreign host":    func(r *http.Request) { r.Host = "evil.example:80" },
		"a cross-site page": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		if a := ask(t, p, "/v1/events", change); a.StatusCode != 403 {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	a := ask(t, p, "/v1/events", func(r *http.Request) { r.Method = http.MethodPost })
	if a.StatusCode != 405 {
		t.Errorf("something can be changed: %s", a.Status)
	}
}

func TestOnlyLoopbackAddressesAreServed(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost:0", "127.0.0.1", ""} {
		if _, err := Listen(t.Context(), address, nil); !errors.Is(err, localpage.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
