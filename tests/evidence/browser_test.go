//go:build linux

package evidence

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/internal/evidence"
)

// browser is a Chromium that notes what pages ask for.
type browser struct {
	page context.Context

	mu    sync.Mutex
	asked []string // guarded by mu
}

func browse(t *testing.T, chromium string) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(1280, 900))
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	page, endPage := chromedp.NewContext(alloc)
	page, endTime := context.WithTimeout(page, 3*time.Minute)
	t.Cleanup(func() { endTime(); endPage(); endAlloc() })
	b := &browser{page: page}
	err := chromedp.Listen(page, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.asked = append(b.asked, e.Request.URL)
		}
	})
	if err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	return b
}

// opens opens a report and looks at it as its reader does.
func (b *browser) opens(t *testing.T, dir string, verdict evidence.Verdict) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(dir, evidence.FileHTML))
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	b.asked = nil
	b.mu.Unlock()
	if err := chromedp.Do(b.page, chromedp.Navigate("file://"+path), chromedp.WaitVisible(chromedp.CSS("#verdict"))); err != nil {
		t.Fatal(err)
	}
	b.keep(t, filepath.Join(dir, "screen.png"))
	b.mu.Lock()
	asked := slices.Clone(b.asked)
	b.mu.Unlock()
	if len(asked) != 1 || asked[0] != "file://"+path {
		t.Errorf("opening the page asks for %q", asked)
	}
	if n := b.say(t, `String(document.scripts.length+document.querySelectorAll("[src],link[href]:not([href='data:,']),iframe,object").length)`); n != "0" {
		t.Errorf("%s things to load are in the page", n)
	}
	b.firstScreen(t)
	if got := b.say(t, `document.querySelector("#verdict strong").textContent`); got != string(verdict) {
		t.Errorf("the page's verdict is %s", got)
	}
	if leaks := b.say(t, `document.querySelector("#in-app-world").textContent`); (leaks == "0") != (verdict != evidence.Failed) {
		t.Errorf("the page tells of %s canaries in the app world", leaks)
	}
	if b.say(t, `document.querySelector("#in-control").textContent`) == "0" || b.say(t, `document.querySelector("#planted").textContent`) == "0 of 0" {
		t.Error("the page tells of no control")
	}
	b.isReadable(t)
	overclaims(t, b.say(t, `document.body.innerText`), verdict)
}

// firstScreen: the plain statements and the verdict stand where the page opens.
func (b *browser) firstScreen(t *testing.T) {
	t.Helper()
	first := b.say(t, `[...document.querySelectorAll("#first .first li, #verdict")].filter(e=>e.getBoundingClientRect().bottom<=innerHeight).map(e=>e.innerText).join("\n")`)
	for _, want := range []string{
		"not a PCI-listed or validated P2PE solution", "test keys", "isolation level process", "host is a decryption point and in scope",
		"Only a listed solution reduces a merchant's scope to SAQ P2PE", "not run",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the first screen does not say %q", want)
		}
	}
}

// isReadable: headings in order, tables with captions and headers, a picture in words,
// nothing wider than the window of a telephone but tables that scroll.
func (b *browser) isReadable(t *testing.T) {
	t.Helper()
	for what, expression := range map[string]string{
		"headings that skip a level":    `(()=>{let l=1,n=0;for(const h of document.querySelectorAll("h1,h2,h3,h4")){const k=+h.tagName[1];if(k>l+1)n++;l=k}return String(n)})()`,
		"headers without a scope":       `String(document.querySelectorAll("th:not([scope])").length)`,
		"pictures without words":        `String([...document.querySelectorAll("svg")].filter(s=>!s.querySelector("title")||!s.querySelector("desc").textContent).length)`,
		"links that lead nowhere":       `String([...document.querySelectorAll("a[href^='#']")].filter(a=>!document.getElementById(a.getAttribute("href").slice(1))).length)`,
		"names that two elements share": `(()=>{const n=[...document.querySelectorAll("[id]")].map(e=>e.id);return String(n.length-new Set(n).size)})()`,
		"pixels too wide":               `String(Math.max(0,document.documentElement.scrollWidth-innerWidth))`,
	} {
		if got := b.say(t, expression); got != "0" {
			t.Errorf("the page has %s: %s", what, got)
		}
	}
}

// overclaims looks for words that would claim more than was shown.
func overclaims(t *testing.T, text string, verdict evidence.Verdict) {
	t.Helper()
	forbidden := regexp.MustCompile(`(?i)complian|certified|approved solution|guarant|unbreakable|tamper-?proof|unhackable|bank-?grade|military|PCI[- ](ready|approved|certified|validated)|out of scope|100 ?%`)
	for _, found := range forbidden.FindAllString(text, -1) {
		t.Errorf("the page says %q", found)
	}
	secure := regexp.MustCompile(`(?i)\bsecure[a-z]*\b[ /-]?\w*`)
	for _, found := range secure.FindAllString(text, -1) {
		if !regexp.MustCompile(`(?i)^secure ?(world|-?memory|-?files|device)|^secure-|^secureworld`).MatchString(found) {
			t.Errorf("the page calls something secure: %q", found)
		}
	}
	validated := regexp.MustCompile(`(?i)[^.]*\bvalidated\b[^.]*`)
	for _, sentence := range validated.FindAllString(text, -1) {
		if !regexp.MustCompile(`(?i)\b(not|no)\b`).MatchString(sentence) {
			t.Errorf("the page says that something is validated: %q", sentence)
		}
	}
	if verdict != evidence.Passed && strings.Contains(text, "held no account data") {
		t.Error("the page claims what was not shown")
	}
	if regexp.MustCompile(`\b(?:\d[ -]?){13,19}\b`).MatchString(strings.Join(regexp.MustCompile(`(?m)^.*pan=.*$`).FindAllString(text, -1), " ")) {
		t.Error("the page shows a number of a card")
	}
}

func (b *browser) say(t *testing.T, expression string) string {
	t.Helper()
	got, err := chromedp.Run(b.page, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (b *browser) keep(t *testing.T, path string) {
	t.Helper()
	png, err := chromedp.Run(b.page, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatalf("taking a screenshot: %v", err)
	}
	if err := os.WriteFile(path, png, 0o600); err != nil {
		t.Fatal(err)
	}
}
