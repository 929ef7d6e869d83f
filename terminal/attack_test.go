package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

// script is what an attacker writes where words are wanted; a page that runs it says so
// in its title.
const script = `<img src=x onerror="document.title='taken'">`

// TestBrowserIsAttacked shares one browser among what needs one.
func TestBrowserIsAttacked(t *testing.T) {
	chromium, err := findChromium()
	if err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("STRONGROOM_REQUIRE") == "all" {
			t.Fatal("there is no Chromium, and this run may leave nothing out")
		}
		t.Log("LEFT OUT: there is no Chromium on this machine")
		return
	}
	s := &shop{t: t, world: standin.New(byAmount)}
	token := s.runNamed(script)
	s.browse(chromium, 1180, 820, false)
	t.Run("A53 the page is not framed", s.isNotFramed)
	t.Run("A59 script is inert", func(t *testing.T) { s.scriptIsInert(t, token) })
}

// runNamed is run with a merchant's name of an attacker's making; it returns the token.
func (s *shop) runNamed(merchant string) (token string) {
	s.t.Helper()
	dir := s.t.TempDir()
	socket, addresses := filepath.Join(dir, "mailbox"), filepath.Join(dir, "addresses.json")
	l, err := net.Listen("unix", socket)
	if err != nil {
		s.t.Fatal(err)
	}
	go s.world.Serve(l)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	var stderr bytes.Buffer
	go func() {
		done <- run(ctx, []string{"-mailbox", "unix:" + socket, "-data", filepath.Join(dir, "data"), "-addresses", addresses,
			"-merchant", merchant, "-merchant-address", merchant}, &stderr)
	}()
	s.t.Cleanup(func() { cancel(); <-done; l.Close(); s.world.HangUp() })
	s.url = readPageURL(s.t, dir, addresses)
	b, err := os.ReadFile(filepath.Join(dir, "data", "access.token"))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func (s *shop) base() string { base, _, _ := strings.Cut(s.url, "/open"); return base }

// framed opens another site's page that frames an address, and tells what stands in the
// frame.
func (s *shop) framed(t *testing.T, address string) string {
	t.Helper()
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<title>win a prize</title><iframe src="%s"></iframe>`, html.EscapeString(address))
	}))
	defer thief.Close()
	s.do("open another site", chromedp.Navigate(thief.URL))
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		tree, err := chromedp.Call(s.ctx, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			t.Fatal(err)
		}
		if c := tree.FrameTree.ChildFrames; len(c) == 1 && c[0].Frame.URL != "" && c[0].Frame.URL != "about:blank" {
			return c[0].Frame.URL
		}
	}
	t.Fatal("there is no frame")
	return ""
}

// A53: the terminal's page does not stand in a frame of another site, on which somebody
// clicks without seeing it. The hole is the same page without its header.
func (s *shop) isNotFramed(t *testing.T) {
	for _, path := range []string{"/", "/v1/terminal"} {
		if got := s.framed(t, s.base()+path); !strings.HasPrefix(got, "chrome-error:") {
			t.Errorf("%s stands in a frame: %s", path, got)
		}
	}
	to, err := url.Parse(s.base())
	if err != nil {
		t.Fatal(err)
	}
	hole := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Content-Security-Policy")
			return nil
		},
	})
	defer hole.Close()
	if got := s.framed(t, hole.URL+"/"); got != hole.URL+"/" {
		t.Errorf("hole: the page without its header does not stand in a frame: %s", got)
	}
}

// taken reports whether the page that is open ran the attacker's script or has his
// element, after it was given the time to.
func (s *shop) taken(t *testing.T) bool {
	t.Helper()
	got, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`(async()=>{
		const planted=[...document.images].filter(i=>i.getAttribute("src")==="x");
		for(const end=Date.now()+3000;planted.length&&document.title!=="taken"&&Date.now()<end;)await new Promise(r=>setTimeout(r,20));
		return document.title==="taken"?"taken":planted.length?"planted":""})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return got != ""
}

// A59: words of a till, of the shop and on a receipt are words.
func (s *shop) scriptIsInert(t *testing.T, token string) {
	ask := func(method, path, body string) string {
		req, err := http.NewRequestWithContext(t.Context(), method, s.base()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "k")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode >= 300 {
			t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
		}
		return string(b)
	}
	started := ask("POST", "/v1/payments", `{"amount":700,"currency":"EUR","reference":"`+strings.ReplaceAll(script, `"`, `\"`)+`"}`)
	_, after, _ := strings.Cut(started, `"id":"`)
	id, _, _ := strings.Cut(after, `"`)
	for end := time.Now().Add(30 * time.Second); !strings.Contains(ask("GET", "/v1/payments/"+id, ""), `"outcome":"approved"`); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the payment does not end")
		}
	}
	receipt := s.base() + "/v1/payments/" + id + "/receipt?format=html&copy=merchant"
	for _, address := range []string{s.url, s.base() + "/", receipt} {
		s.do("open", chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("body")))
		if s.taken(t) {
			t.Errorf("%s runs it, or has its element", strings.ReplaceAll(address, s.url, "the page"))
		}
	}
	// The words are there, as words.
	text, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`document.body.textContent`))
	if err != nil || strings.Count(text, "onerror") < 2 {
		t.Errorf("twin: the receipt does not show the words, %v", err)
	}
	hole := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<title>receipt</title><p>%s</p>", script)
	}))
	defer hole.Close()
	s.do("open", chromedp.Navigate(hole.URL))
	if !s.taken(t) {
		t.Error("hole: words that are not escaped do not run")
	}
}
