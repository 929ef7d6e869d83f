package traypage

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
	"github.com/strongroom-pos/strongroom/internal/localpage"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

const (
	testPAN  = "4761739001010010"
	otherPAN = "5413330089010483"
)

// hands are a tray that notes what is done to it.
type hands struct {
	mu    sync.Mutex
	did   []string
	last  virtualcard.Profile
	fails error
	state virtualcard.TrayState
}

func (h *hands) note(what string, p virtualcard.Profile) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.did, h.last = append(h.did, what), p
	return h.fails
}

func (h *hands) Insert(_ context.Context, p virtualcard.Profile) error { return h.note("insert", p) }
func (h *hands) Tap(_ context.Context, p virtualcard.Profile) error    { return h.note("tap", p) }
func (h *hands) Swipe(_ context.Context, p virtualcard.Profile) error  { return h.note("swipe", p) }
func (h *hands) Pull(context.Context) error                            { return h.note("pull", h.last) }
func (h *hands) Away(context.Context) error                            { return h.note("away", h.last) }
func (h *hands) SwipeText(_ context.Context, text string) error        { return h.note(text, h.last) }

func (h *hands) TapTwo(_ context.Context, p, q virtualcard.Profile) error {
	return h.note("tap "+p.PAN+" and "+q.PAN, p)
}

func (h *hands) Slot(context.Context) (virtualcard.TrayState, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state, nil
}

type tray struct {
	*Page
	*hands
	t       *testing.T
	reader  chan string
	screens chan cardholder.Screen
}

func serving(t *testing.T) tray {
	t.Helper()
	h, reader, screens := &hands{}, make(chan string, 1), make(chan cardholder.Screen, 1)
	p, err := Listen(t.Context(), "127.0.0.1:0", Config{
		Tray: h, Log: slog.New(slog.DiscardHandler),
		Cards: func() ([]bureau.Card, error) {
			return []bureau.Card{{
				Name: "approve", Tells: "approved <b>with</b> the PIN", PIN: "1234",
				Profile: virtualcard.Profile{PAN: testPAN, Expiry: "3112", TearAtCommand: "gac2"}, Issued: acquirer.Card{PAN: testPAN},
			}, {
				Name: "other", PIN: "1234", Profile: virtualcard.Profile{PAN: otherPAN, Expiry: "3112", Tap: &virtualcard.Tap{}},
			}}, nil
		},
		Reader: func(ctx context.Context, _ string) (string, error) { return next(ctx, reader) },
		PINPad: func(ctx context.Context, _ *uint64) (cardholder.Screen, error) { return next(ctx, screens) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return tray{p, h, t, reader, screens}
}

func next[T any](ctx context.Context, from <-chan T) (v T, err error) {
	select {
	case v = <-from:
		return v, nil
	case <-ctx.Done():
		return v, ctx.Err()
	}
}

// ask sends a request that is right in every way, changed.
func (y tray) ask(method, path, body string, change func(*http.Request)) (int, string, http.Header) {
	y.t.Helper()
	r, err := http.NewRequestWithContext(y.t.Context(), method, strings.TrimSuffix(y.URL(), "/")+path, strings.NewReader(body))
	if err != nil {
		y.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		y.t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	b, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(b), answer.Header
}

func TestThePageShowsCardsAndNoMoreThanFourDigits(t *testing.T) {
	status, body, header := serving(t).ask(http.MethodGet, "/", "", nil)
	if status != 200 || header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatal(status, header)
	}
	for _, want := range []string{`value="approve" checked`, "Visa", "0010", "PIN 1234", "approved &lt;b&gt;with&lt;/b&gt; the PIN", "chip, stripe"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, never := range []string{testPAN, testPAN[:6], testPAN[len(testPAN)-5:]} {
		if strings.Contains(body, never) {
			t.Error("more of the number than its last four digits")
		}
	}
}

func TestThePageIsWholeInItselfAndWithoutInlineCode(t *testing.T) {
	y := serving(t)
	_, body, header := y.ask(http.MethodGet, "/", "", nil)
	for _, never := range []string{"http://", "https://", "//cdn", "style=", "onclick", "<style", "<script>"} {
		if strings.Contains(body, never) {
			t.Errorf("%q in the page", never)
		}
	}
	policy := header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
	for path, kind := range map[string]string{"/tray.css": "text/css", "/tray.js": "text/javascript", "/icon.svg": "image/svg+xml"} {
		status, _, header := y.ask(http.MethodGet, path, "", nil)
		if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), kind) || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", path, status, header)
		}
	}
	if status, _, _ := y.ask(http.MethodGet, "/index.html", "", nil); status != 404 {
		t.Errorf("the template itself: %d", status)
	}
}

func TestWhatIsShownIsSpokenAndEveryFieldHasALabel(t *testing.T) {
	_, body, _ := serving(t).ask(http.MethodGet, "/", "", nil)
	for _, want := range []string{
		`id="reader" role="status" aria-live="polite"`, `role="status" aria-live="polite" aria-labelledby="pinpad-label`,
		`id="said" role="status"`, `data-has="chip, stripe"`, `<label for="tear-at">`, `<label for="tear-after">`, `<label for="bad-read">`,
		`<legend>Cards</legend>`, `<label class="card"`, `lang="en"`,
		`data-do="tap"`, `data-do="insert"`, `data-do="swipe"`, `data-do="away"`, `data-do="pull"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if inputs, labels := strings.Count(body, "<input"), strings.Count(body, "<label"); inputs != labels {
		t.Errorf("%d fields, %d labels", inputs, labels)
	}
}

func TestEveryActReachesTheTray(t *testing.T) {
	y := serving(t)
	for _, c := range []struct{ body, want string }{
		{`{"do":"insert","card":"approve"}`, "insert"},
		{`{"do":"tap","card":"approve"}`, "tap"},
		{`{"do":"swipe","card":"approve"}`, "swipe"},
		{`{"do":"swipe","card":"approve","bad_read":true}`, "%E?;E?"},
		{`{"do":"pull"}`, "pull"},
		{`{"do":"away"}`, "away"},
	} {
		status, body, _ := y.ask(http.MethodPost, "/v1/acts", c.body, nil)
		if status != 200 || !strings.HasPrefix(body, `{"present":false`) || y.did[len(y.did)-1] != c.want || y.last.PAN != testPAN {
			t.Errorf("%s: %d %q %v", c.want, status, body, y.did)
		}
	}
}

func TestTwoCardsAreTappedAtOnce(t *testing.T) {
	y := serving(t)
	status, _, _ := y.ask(http.MethodPost, "/v1/acts", `{"do":"tap","card":"approve","crowd":true}`, nil)
	if status != 200 || strings.Join(y.did, " ") != "tap "+testPAN+" and "+otherPAN {
		t.Errorf("%d %v", status, y.did)
	}
	status, _, _ = y.ask(http.MethodPost, "/v1/acts", `{"do":"tap","card":"other","crowd":true}`, nil)
	if status != 404 || len(y.did) != 1 {
		t.Errorf("with no other card that can be tapped: %d %v", status, y.did)
	}
}

func TestAFaultReplacesTheCardsOwn(t *testing.T) {
	y := serving(t)
	y.ask(http.MethodPost, "/v1/acts", `{"do":"insert","card":"approve"}`, nil)
	if y.last.TearAt != 0 || y.last.TearAtCommand != "gac2" {
		t.Errorf("without a fault: %d %q", y.last.TearAt, y.last.TearAtCommand)
	}
	y.ask(http.MethodPost, "/v1/acts", `{"do":"insert","card":"approve","tear_at":7,"tear_after":true}`, nil)
	if y.last.TearAt != 7 || y.last.TearAtCommand != "" || !y.last.TearAfter {
		t.Errorf("with a fault: %d %q %v", y.last.TearAt, y.last.TearAtCommand, y.last.TearAfter)
	}
}

func TestWhatIsNotPossibleIsToldInOneSentence(t *testing.T) {
	y := serving(t)
	y.fails = errors.New("asking the card tray: virtualcard: the slot has a card already")
	status, body, header := y.ask(http.MethodPost, "/v1/acts", `{"do":"insert","card":"approve"}`, nil)
	var why struct{ Error string }
	if status != 409 || json.Unmarshal([]byte(body), &why) != nil || why.Error != "the slot has a card already" ||
		header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %q", status, body)
	}
}

func TestRequestsThatThisPageWouldNotSendAreRefused(t *testing.T) {
	y := serving(t)
	const good = `{"do":"pull"}`
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		want   int
	}{
		"a foreign host":      {good, func(r *http.Request) { r.Host = "evil.example:80" }, 403},
		"a host without port": {good, func(r *http.Request) { r.Host = "127.0.0.1" }, 403},
		"DNS rebinding":       {good, func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("Sec-Fetch-Site", "same-origin") }, 403},
		"a cross-site page":   {good, header("Sec-Fetch-Site", "cross-site"), 403},
		"another origin":      {good, header("Origin", "http://evil.example"), 403},
		"a null origin":       {good, header("Origin", "null"), 403},
		"a form":              {good, header("Content-Type", "text/plain"), 415},
		"no content type":     {good, header("Content-Type", ""), 415},
		"an unknown act":      {`{"do":"melt"}`, nil, 400},
		"no card":             {`{"do":"insert"}`, nil, 404},
		"an unknown card":     {`{"do":"tap","card":"../approve"}`, nil, 404},
		"a negative command":  {`{"do":"insert","card":"approve","tear_at":-1}`, nil, 400},
		"a late command":      {`{"do":"insert","card":"approve","tear_at":100}`, nil, 400},
		"another name":        {`{"do":"pull","pan":"1"}`, nil, 400},
		"something behind":    {good + good, nil, 400},
		"no JSON":             {`1`, nil, 400},
		"too long":            {`{"do":"pull"` + strings.Repeat(" ", 1000) + `}`, nil, 400},
		"nothing":             {"", nil, 400},
	} {
		if status, body, _ := y.ask(http.MethodPost, "/v1/acts", c.body, c.change); status != c.want || strings.Contains(body, "evil") {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
	if len(y.did) != 0 {
		t.Errorf("a refused request did %v", y.did)
	}
	if status, _, _ := y.ask(http.MethodGet, "/v1/events", "", header("Sec-Fetch-Site", "cross-site")); status != 403 {
		t.Errorf("another site's page got the stream: %d", status)
	}
	if status, _, _ := y.ask(http.MethodPost, "/v1/acts", good, header("Sec-Fetch-Site", "same-origin")); status != 200 {
		t.Errorf("the control failed: %d", status)
	}
}

// stream opens an event stream.
func (y tray) stream() (*bufio.Scanner, func()) {
	y.t.Helper()
	r, err := http.NewRequestWithContext(y.t.Context(), http.MethodGet, y.URL()+"v1/events", nil)
	if err != nil {
		y.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		y.t.Fatal(err)
	}
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		y.t.Fatal(answer.Status)
	}
	return bufio.NewScanner(answer.Body), func() { _ = answer.Body.Close() }
}

// hear reads until an event of this name, and returns its data.
func (y tray) hear(lines *bufio.Scanner, name string) string {
	y.t.Helper()
	for lines.Scan() {
		if lines.Text() == "event: "+name && lines.Scan() {
			return strings.TrimPrefix(lines.Text(), "data: ")
		}
	}
	y.t.Fatal("the stream ended: ", lines.Err())
	return ""
}

func TestDisplaysAndSlotsAreToldAsTheyChange(t *testing.T) {
	y := serving(t)
	lines, leave := y.stream()
	defer leave()
	if got := y.hear(lines, "tray"); !strings.HasPrefix(got, `{"present":false`) {
		t.Error(got)
	}
	for _, text := range []string{"WELCOME", "12.34 EUR · INSERT CARD", ""} {
		y.reader <- text
		if got := y.hear(lines, "reader"); got != `{"text":"`+text+`"}` {
			t.Error(got)
		}
	}
	y.screens <- cardholder.Screen{Seq: 1, State: "pin", Title: "ENTER PIN", Dots: 2}
	if got := y.hear(lines, "pinpad"); !strings.Contains(got, `"title":"ENTER PIN"`) || !strings.Contains(got, `"dots":2`) {
		t.Error(got)
	}
	y.hands.mu.Lock()
	y.state.Field = virtualcard.SlotState{Present: true, Collision: true, Insertions: 1}
	y.hands.mu.Unlock()
	if got := y.hear(lines, "tray"); !strings.Contains(got, `"field":{"present":true,"collision":true`) {
		t.Error(got)
	}
}

func TestStreamsAreBoundedAndGivenBack(t *testing.T) {
	y := serving(t)
	for range 2 {
		var leaves []func()
		for range maxStreams {
			lines, leave := y.stream()
			y.hear(lines, "tray")
			leaves = append(leaves, leave)
		}
		if status, _, _ := y.ask(http.MethodGet, "/v1/events", "", nil); status != 503 {
			t.Errorf("one stream too many: %d", status)
		}
		for _, leave := range leaves {
			leave()
		}
		for len(y.streams) > 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func TestAPINPadThatIsOffIsToldOnce(t *testing.T) {
	y := serving(t)
	failing := make(chan error)
	y.Page.PINPad = func(context.Context, *uint64) (cardholder.Screen, error) {
		return cardholder.Screen{}, <-failing
	}
	news := make(chan event, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); y.watchPINPad(ctx, news) }()
	failing <- errors.New("off")
	failing <- errors.New("still off")
	cancel()
	close(failing)
	<-done
	if len(news) != 1 || (<-news).data.(cardholder.Screen).State != "offline" {
		t.Error("not told once")
	}
}

func TestOnlyLoopbackAddressesAreServed(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost:0", "example.com:0", "127.0.0.1", ""} {
		if p, err := Listen(t.Context(), address, Config{}); !errors.Is(err, localpage.ErrAddress) {
			t.Errorf("%q: %v", address, err)
			if p != nil {
				_ = p.listener.Close()
			}
		}
	}
}
