package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// scheme sets the colours that the device asks for, and that little may move.
func (s *shop) scheme(scheme string) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}); err != nil {
		s.t.Fatal(err)
	}
}

// TestBrowserIsAccessible checks every screen by the rules of WCAG 2.2 AA that a
// program can check: light on a phone, dark on a tablet.
func TestBrowserIsAccessible(t *testing.T) {
	t.Parallel() // each has a terminal and a browser of its own
	t.Run("phone", func(t *testing.T) { t.Parallel(); everyScreen(t, "light", 390, 844) })
	t.Run("tablet", func(t *testing.T) { t.Parallel(); everyScreen(t, "dark", 1024, 768) })
}

func everyScreen(t *testing.T, scheme string, width, height int64) {
	s := openShop(t, width, height, false)
	if s == nil {
		return
	}
	s.scheme(scheme)
	name := scheme + "-"
	s.accessible(name + "pad")
	s.fillCart()
	s.accessible(name + "cart")
	s.dialogs(name)
	s.do("charge", chromedp.Click(chromedp.CSS("#charge")))
	s.waitFor("#outcome-title", "Approved")
	s.accessible(name + "approved")
	s.click("#show-receipt")
	s.do("paper", chromedp.WaitVisible(chromedp.CSS("#paper")))
	s.accessible(name + "receipt")
	s.do("close", chromedp.Click(chromedp.CSS("#receipt [data-close]")))
	s.next()
	s.typed("4444") // waits for a card until it is canceled
	s.waitFor("#stage-title", "Present the card")
	s.accessible(name + "progress")
	s.click("#cancel")
	s.waitFor("#outcome-title", "Canceled")
	s.next()
	s.outcomes(name)
	s.views(name)
	s.do("leave what is unknown", chromedp.Evaluate[chromedp.Void](`sessionStorage.clear(), void 0`), chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#keys")))
	s.waitFor("#amount", "€0.00") // the page has its words, which say the language too
	s.spoilt()
	s.clean()
}

// fillCart rings up three lines, and types a fourth.
func (s *shop) fillCart() {
	s.t.Helper()
	for _, amount := range []string{"450", "320", "1250"} {
		s.do("line", chromedp.KeyEvent(amount), chromedp.KeyEvent("+"))
	}
	s.do("type", chromedp.KeyEvent("80"))
	s.waitFor("#charge", "Charge €21.00")
}

func (s *shop) dialogs(name string) {
	s.t.Helper()
	for _, d := range []string{"tip", "split", "more"} {
		s.click("#show-" + d)
		s.accessible(name + d)
		s.do("close", chromedp.Click(chromedp.CSS("#"+d+" [data-close]")))
	}
}

func (s *shop) outcomes(name string) {
	s.t.Helper()
	for _, o := range []struct{ amount, screen, title string }{
		{"1111", "declined", "Declined"}, {"8888", "referred", "Declined"}, {"5555", "unknown", "Wait – not yet known"},
	} {
		s.typed(o.amount)
		s.waitFor("#outcome-title", o.title)
		s.accessible(name + o.screen)
		if o.screen == "unknown" {
			s.do("reload", chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#outcome-title")))
			continue
		}
		if o.screen == "referred" {
			s.click("#show-code")
			s.accessible(name + "code")
			s.do("close", chromedp.Click(chromedp.CSS("#voice [data-close]")))
		}
		s.next()
	}
}

func (s *shop) views(name string) {
	s.t.Helper()
	for _, v := range []struct{ view, there string }{
		{"history", "#list li:last-child button"}, {"batches", "#batch-now table"}, {"device", "#security-layers li"}, {"settings", "#about dd"},
	} {
		s.click(`.tabs [data-tab="` + v.view + `"]`)
		s.do(v.view, chromedp.WaitVisible(chromedp.CSS(v.there)))
		s.accessible(name + v.view)
	}
	s.click(`.tabs [data-tab="history"]`)
	s.click("#list li:last-child button")
	s.do("details", chromedp.WaitVisible(chromedp.CSS("#details-list")))
	s.accessible(name + "details")
	s.do("close", chromedp.Click(chromedp.CSS("#details [data-close]")))
	s.click(`.tabs [data-tab="batches"]`)
	s.click("#batch-now .main")
	s.do("batch", chromedp.WaitVisible(chromedp.CSS("#batch-totals table")))
	s.accessible(name + "batch")
	s.do("close", chromedp.Click(chromedp.CSS("#batch [data-close]")))
}

// TestBrowserIsUsedByKeyboardAlone pays with a tip by Tab, Enter and digits, sees
// where the focus is at every stop, and goes on from the outcome.
func TestBrowserIsUsedByKeyboardAlone(t *testing.T) {
	t.Parallel() // each has a terminal and a browser of its own
	s := openShop(t, 1024, 768, false)
	if s == nil {
		return
	}
	s.do("digits", chromedp.KeyEvent("2000"))
	s.tabTo("show-tip")
	s.do("open", chromedp.KeyEvent("\r"))
	s.tabToWhere("10 %", `document.activeElement.dataset.tip === "10"`)
	s.do("choose", chromedp.KeyEvent(" "), chromedp.KeyEvent("\u001b"))
	s.waitFor("#show-tip", "Tip 10 %")
	s.holds("the focus is back on the button that opened", `document.activeElement.id === "show-tip"`)
	s.tabTo("charge")
	s.do("charge", chromedp.KeyEvent("\r"))
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#outcome-amount", "€22.00")
	s.holds("the focus is on the outcome", `document.activeElement.id === "outcome-title"`)
	s.tabTo("next")
	s.do("next", chromedp.KeyEvent("\r"))
	s.waitFor("#amount", "€0.00")
	s.tabToWhere("the payments", `document.activeElement.dataset.id !== undefined`)
	s.do("open", chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("#details")))
	s.tabTo("details-refund")
	s.do("refund", chromedp.KeyEvent("\r"))
	s.waitFor("#amount-label", "Refund, up to €22.00")
	s.clean()
}

func (s *shop) tabTo(id string) {
	s.t.Helper()
	s.tabToWhere(id, fmt.Sprintf("document.activeElement.id === %q", id))
}

// tabToWhere presses Tab until a condition holds; each stop must show where it is.
func (s *shop) tabToWhere(what, condition string) {
	s.t.Helper()
	for range 60 {
		s.do("tab", chromedp.KeyEvent("\t"))
		at, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`(() => { const e = document.activeElement, o = getComputedStyle(e);
			if (e === document.body) return "";
			const r = e.getBoundingClientRect();
			return o.outlineStyle === "none" || r.width < 24 || r.height < 24 ? "hidden: " + (e.id || e.className) : ""; })()`))
		if err != nil || at != "" {
			s.t.Fatalf("on the way to %s the focus is %q: %v", what, at, err)
		}
		if there, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool](condition)); err != nil {
			s.t.Fatal(err)
		} else if there {
			return
		}
	}
	s.t.Fatalf("sixty times Tab do not lead to %s", what)
}

func (s *shop) holds(what, condition string) {
	s.t.Helper()
	if ok, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool](condition)); err != nil || !ok {
		s.t.Errorf("not so: %s: %v", what, err)
	}
}

// TestBrowserFitsInEveryLanguage looks at every view at 320 px, where nothing may
// scroll sideways (WCAG 1.4.10), in every language.
func TestBrowserFitsInEveryLanguage(t *testing.T) {
	t.Parallel() // each has a terminal and a browser of its own
	s := openShop(t, 320, 640, false)
	if s == nil {
		return
	}
	s.fillCart()
	for language, ready := range map[string]string{"de": "Bereit", "fr": "Prêt", "es": "Listo", "en": "Ready"} {
		s.click(`.tabs [data-tab="settings"]`)
		s.click(`[data-language="` + language + `"]`)
		s.waitFor("#state-text", ready)
		s.holds("the document speaks "+language, fmt.Sprintf("document.documentElement.lang === %q", language))
		for _, view := range []string{"charge", "history", "batches", "device", "settings"} {
			s.click(`.tabs [data-tab="` + view + `"]`)
			s.fits(language + ", " + view)
			s.shoot("fits-" + language + "-" + view)
		}
	}
	s.do("spoil", chromedp.Evaluate[chromedp.Void](`document.querySelector("#about").style.width = "700px", void 0`))
	if s.wide() == "" {
		t.Error("the check does not see what is too wide")
	}
	s.clean()
}

func (s *shop) fits(what string) {
	s.t.Helper()
	if wide := s.wide(); wide != "" {
		s.t.Errorf("%s is too wide: %s", what, wide)
	}
}

// wide names what reaches beyond the screen, or cuts its own text off without saying
// so; a row of filters may be pushed.
func (s *shop) wide() string {
	s.t.Helper()
	got, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`(() => { for (const e of document.querySelectorAll("body *")) {
		if (e.closest(".filters, svg, .sr, .skip, dialog:not([open])") || !e.checkVisibility()) continue;
		const r = e.getBoundingClientRect();
		if (e.matches(".chip, .second, .main, .pill") && e.scrollWidth > e.clientWidth + 1) return "cut off: " + e.textContent;
		if (r.right > innerWidth + 1 || r.left < -1) return e.tagName + "#" + e.id + "." + e.className + " to " + Math.round(r.right);
	} return ""; })()`))
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}
