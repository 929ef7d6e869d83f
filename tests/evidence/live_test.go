//go:build linux

package evidence

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/internal/evidence/live"
	"github.com/strongroom-pos/strongroom/internal/evidence/trial"
)

// patience bounds what a busy machine may take.
const patience = 90 * time.Second

// watches opens the scope view, has one sale made and sees what it shows of it.
func (b *browser) watches(t *testing.T, run *trial.Trial) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	page, err := live.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served, shown := make(chan error, 1), make(chan error, 1)
	go func() { served <- page.Serve(ctx) }()
	go func() { shown <- run.Show(ctx, time.Hour, page.Tell) }()
	if err := chromedp.Do(b.page, chromedp.Navigate(page.URL())); err != nil {
		t.Fatal(err)
	}
	for what, seen := range map[string]string{
		"a sale in both terminals":           `String(document.querySelector("#sale").innerText.includes("1 approved in both terminals"))`,
		"what the plain terminal held":       `String(+document.querySelector("#control-found").innerText.replace(",","")>0&&document.querySelectorAll("#caught li").length>0)`,
		"that the scanner found its leaks":   `String(/found (\d+) of \1 planted/.test(document.querySelector("#proof").innerText))`,
		"sweeps of terminal, boot, kernel":   `String([...document.querySelectorAll("#app tbody tr,#secure tbody tr")].filter(r=>+r.cells[5].innerText>0).length===3)`,
		"what it is not, before all else":    `String(document.querySelector("header .first").getBoundingClientRect().bottom<innerHeight/3)`,
		"nothing found where nothing may be": `String(document.querySelector("#app-found").innerText+document.querySelector("#secure-found").innerText==="00")`,
		"all of it in the window":            `String(document.documentElement.scrollWidth<=innerWidth)`,
	} {
		b.becomes(t, what, seen)
	}
	b.keep(t, filepath.Join(folder(t), "live.png"))
	text := b.say(t, `document.body.innerText`)
	if strings.Contains(text, run.Canary()) || regexp.MustCompile(`\b\d{12,19}\b`).MatchString(text) {
		t.Error("the page shows a number of a card")
	}
	b.mu.Lock()
	for _, url := range b.asked {
		if !strings.HasPrefix(url, page.URL()) {
			t.Errorf("the page asks for %s", url)
		}
	}
	b.mu.Unlock()
	if err := chromedp.Do(b.page, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	end()
	if err := <-shown; err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// becomes waits until the page shows something.
func (b *browser) becomes(t *testing.T, what, expression string) {
	t.Helper()
	for late := time.Now().Add(patience); b.say(t, expression) != "true"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("the page does not show %s:\n%s", what, b.say(t, `document.body.innerText`))
		}
	}
}
