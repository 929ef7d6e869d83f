package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestBrowserSplitsABill rings up lines, shares them between three, and reloads in
// the middle: who has paid has paid.
func TestBrowserSplitsABill(t *testing.T) {
	t.Parallel() // each has a terminal and a browser of its own
	s := openShop(t, 390, 844, false)
	if s == nil {
		return
	}
	s.arithmetic()
	s.fillCart()
	s.click("#show-cart")
	s.do("one more", chromedp.Click(chromedp.CSS("#cart li:first-child .count:last-child")))
	s.waitFor("#cart .cart-total", "€25.50")
	s.shoot("register-cart")
	s.do("close", chromedp.Click(chromedp.CSS("#cart [data-close]")))
	s.click("#show-split")
	s.do("three", chromedp.Click(chromedp.CSS("#more-people")), chromedp.Click(chromedp.CSS("#more-people")))
	s.waitFor("#people", "3")
	s.waitFor("#shares li:last-child b", "€8.50")
	s.shoot("register-split")
	s.do("done", chromedp.Click(chromedp.CSS("#split .main")))
	s.waitFor("#charge", "Charge €8.50, 1 of 3")
	s.shares()
	s.clean()
}

func (s *shop) shares() {
	s.t.Helper()
	s.click("#charge")
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#next", "Next share, €17.00 to pay")
	s.do("reload", chromedp.Reload())
	s.waitFor("#amount-label", "Still to pay: €17.00")
	s.waitFor("#charge", "Charge €8.50, 2 of 3")
	s.do("another amount", chromedp.KeyEvent("1000"))
	s.waitFor("#charge", "Charge €10.00, 2 of 3")
	s.click("#charge")
	s.waitFor("#outcome-title", "Approved")
	s.next()
	s.waitFor("#charge", "Charge €7.00, 3 of 3")
	s.click("#charge")
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#next", "New payment")
	s.next()
	s.waitFor("#amount", "€0.00")
	s.waitFor("#show-split", "Split")
	if s.world.Starts() != 3 {
		s.t.Errorf("%d payments began, not three", s.world.Starts())
	}
}

// arithmetic asks the page's own module: shares add up, and a payment counts once.
func (s *shop) arithmetic() {
	s.t.Helper()
	got, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`import("/bill.js").then((b) => {
		for (let total = 0; total < 400; total += 7) for (let n = 1; n <= 20; n++) {
			const shares = b.sharesOf(total, n);
			if (shares.length !== n || shares.reduce((x, y) => x + y, 0) !== total || shares[0] - shares[n - 1] > 1) return "shares of " + total + " by " + n;
		}
		let bill = b.begin(1000, 2);
		const p = { id: "a", amount: 2550, tip: 50, cashback: 2000, approved_amount: 2550 };
		bill = b.settle(b.settle(bill, p), p);
		if (b.dueOf(bill) !== 500 || bill.full !== 1) return "a payment counts twice";
		bill = b.settle(bill, { id: "b", amount: 500, tip: 0, cashback: 0, approved_amount: 300 });
		if (b.dueOf(bill) !== 200 || b.nextShare(bill) !== 200) return "a part";
		return b.settle(bill, { id: "c", amount: 200, tip: 0, cashback: 0, approved_amount: null }) === bill ? "right" : "nothing paid";
	})`, chromedp.EvalAwaitPromise))
	if err != nil || got != "right" {
		s.t.Errorf("the arithmetic of the bill: %q, %v", got, err)
	}
}

// TestBrowserHoldsAndCaptures holds an amount and captures a part of it from the list.
func TestBrowserHoldsAndCaptures(t *testing.T) {
	t.Parallel() // each has a terminal and a browser of its own
	s := openShop(t, 1024, 768, true)
	if s == nil {
		return
	}
	s.more("#hold", "#more .main")
	s.waitFor("#show-more", "Hold only")
	s.typed("4000")
	s.waitFor("#outcome-title", "Held")
	s.next()
	s.click("#list li:first-child button")
	s.click("#details-capture")
	s.waitFor("#amount-label", "Capture, up to €40.00")
	s.do("less", chromedp.KeyEvent("\u007f"), chromedp.KeyEvent("2500"))
	s.waitFor("#charge", "Capture €25.00")
	s.click("#charge")
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#outcome-amount", "€25.00")
	s.next()
	s.clean()
}

// TestBrowserShowsTheCustomer opens the customer's display beside the register.
func TestBrowserShowsTheCustomer(t *testing.T) {
	t.Parallel() // each has a terminal and a browser of its own
	s := openShop(t, 1024, 768, false)
	if s == nil {
		return
	}
	base, _, _ := strings.Cut(s.url, "/open")
	tab, end := chromedp.NewContext(s.ctx)
	defer end()
	customer := &shop{t: t, world: s.world, url: s.url, ctx: tab}
	customer.do("display", chromedp.Navigate(base+"/display.html"), chromedp.WaitVisible(chromedp.CSS("#idle")))
	customer.waitFor("#shop", "Harbour Coffee")
	s.fillCart()
	customer.waitFor("#total", "€21.00")
	customer.accessible("customer-cart")
	s.do("charge", chromedp.Click(chromedp.CSS("#charge")))
	customer.waitFor("#pay-title", "Enter your PIN")
	customer.waitFor("#pay-text", "Only on the PIN pad. Cover your hand.")
	customer.shoot("customer-pin")
	customer.waitFor("#end-text", "Thank you!")
	customer.accessible("customer-thanks")
	customer.holds("there is nothing to press", `!document.querySelector("button, input, a, select")`)
	s.next()
	s.clean()
}

// TestBrowserKeepsItsShellOnly installs the worker, takes the terminal away, and opens
// the page again: it says so. No answer of the terminal is kept.
func TestBrowserKeepsItsShellOnly(t *testing.T) {
	t.Parallel() // each has a terminal and a browser of its own
	s := openShop(t, 390, 844, false)
	if s == nil {
		return
	}
	s.tapped("1250")
	s.waitFor("#outcome-title", "Approved")
	s.next()
	kept, err := chromedp.Run(s.ctx, chromedp.Evaluate[[]string](`navigator.serviceWorker.ready.then(async () => {
		const all = [];
		for (const n of await caches.keys()) for (const r of await (await caches.open(n)).keys()) all.push(new URL(r.url).pathname);
		return all;
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) < 30 || !slices.Contains(kept, "/main.js") {
		t.Errorf("%d files are kept", len(kept))
	}
	for _, path := range kept {
		if strings.HasPrefix(path, "/v1") || strings.HasPrefix(path, "/health") || path == "/open" {
			t.Errorf("%s is kept", path)
		}
	}
	s.installable()
	s.do("reload under the worker", chromedp.Reload())
	s.waitFor("#state-text", "Ready")
	s.clean()
	s.offline()
}

// installable asks the browser whether it would install the page.
func (s *shop) installable() {
	s.t.Helper()
	m, err := chromedp.Call(s.ctx, page.GetAppManifest, page.GetAppManifestParams{})
	if err != nil || len(m.Errors) > 0 || !strings.Contains(m.Data, "icon-512.png") {
		s.t.Errorf("the manifest: %v, %v", m.Errors, err)
	}
	r, err := chromedp.Call(s.ctx, page.GetInstallabilityErrors, cdp.Empty{})
	if err != nil || len(r.InstallabilityErrors) > 0 {
		s.t.Errorf("the page cannot be installed: %v, %v", r.InstallabilityErrors, err)
	}
}

// offline ends the terminal; the page opens from what is kept and says what it lacks.
func (s *shop) offline() {
	s.t.Helper()
	s.stop()
	s.waitFor("#banner", "No connection to the terminal. Trying again …")
	s.do("reload without a terminal", chromedp.Reload())
	s.waitFor("#state-text", "No connection")
	s.waitFor("#banner", "No connection to the terminal. Trying again …")
	s.holds("nothing can be charged", `document.querySelector("#charge").disabled`)
	s.shoot("register-offline")
}
