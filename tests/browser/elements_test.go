//go:build linux

package browser

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/internal/elements"
	"github.com/strongroom-pos/strongroom/internal/elementspage"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// groups are what the page looks at.
type groups struct {
	mu   sync.Mutex
	star elements.Star // guarded by mu
}

func (g *groups) Look(context.Context) elements.Star {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.star
}

func (g *groups) become(s elements.Star) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.star = s
}

func group(branch, name, third string, findings ...string) elements.Group {
	return elements.Group{
		Picture: door.Picture{
			Branch: branch, Group: name, Epoch: 4, Mode: "quorum", State: "serving", Questions: 120_430, Released: 120_428, Refused: 2,
			Disagreements: uint64(len(findings)), Audited: 77, Findings: findings,
			Members: []door.Member{
				{ID: "a1", Make: "stdlib", Health: "healthy", Answered: 120_430, MeanUS: 84},
				{ID: "b2", Make: "gcrypt", Health: "healthy", Answered: 120_430, MeanUS: 91},
				{ID: "c3", Make: "nettle", Health: third, Answered: 119_800, Wrong: uint64(len(findings)), MeanUS: 102},
			},
		},
		PerSecond: 812.5, Elements: []elements.Rate{812.5, 812.5, 810},
	}
}

func star(third string, findings ...string) elements.Star {
	return elements.Star{Branches: []elements.Branch{
		{Name: "north", Groups: []elements.Group{group("north", "a", third, findings...), group("north", "b", "healthy")}},
		{Name: "south", Groups: []elements.Group{group("south", "c", "healthy")}},
	}}
}

func TestBrowserShowsTheElementsAsATree(t *testing.T) {
	_, chromium, ok := ready(t)
	if !ok {
		return
	}
	g := &groups{star: star("healthy")}
	page, err := elementspage.Listen(t.Context(), "127.0.0.1:0", func() elementspage.Looker { return g })
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- page.Serve(ctx) }()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(1280, 900))
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	tab, endTab := chromedp.NewContext(alloc)
	tab, endTime := context.WithTimeout(tab, 2*time.Minute)
	t.Cleanup(func() {
		endTime()
		endTab()
		endAlloc()
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	c := &counter{t: t}
	if err := chromedp.Listen(tab, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(e.Request.URL, page.URL()) {
			t.Errorf("the page asked elsewhere: %s", e.Request.URL)
		}
	}); err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	c.do(tab, chromedp.Navigate(page.URL()))
	c.waitFor(tab, "#sum", "3 groups, 9 of 9 elements healthy")
	c.waitFor(tab, "#none", "Nothing is suspected of anyone.")
	c.waitForValue(tab, `[...document.querySelectorAll("#branches > li > .node .name")].map(e=>e.textContent).join(", ")`, "Branch north, Branch south")
	c.keepOf(tab, "elements")
	const lie = "nettle c3 answered otherwise than the two others"
	g.become(star("quarantined", lie))
	c.waitFor(tab, "#sum", "3 groups, 8 of 9 elements healthy")
	c.waitForValue(tab, `document.querySelector('[data-kind=element][data-health=quarantined] .name').textContent`, "nettle")
	c.waitFor(tab, "#findings li", "Group a: "+lie)
	c.keepOf(tab, "elements-quarantined")
	g.become(star("quarantined", lie, `<img src="http://evil.example">`))
	c.waitFor(tab, "#findings li", `Group a: <img src="http://evil.example">`) // the newest, and as text
	fitsNarrow(c, tab)
	c.keepOf(tab, "elements-phone")
}

// fitsNarrow: a phone scrolls down, never sideways.
func fitsNarrow(c *counter, tab context.Context) {
	c.t.Helper()
	if _, err := chromedp.Call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true,
	}); err != nil {
		c.t.Fatal(err)
	}
	c.waitForValue(tab, `String(document.documentElement.scrollWidth <= 390)`, "true")
	c.waitForValue(tab, `String([...document.querySelectorAll(".node")].every(e => e.getBoundingClientRect().right <= 390))`, "true")
}
