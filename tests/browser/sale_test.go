//go:build linux

package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
)

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	os.Exit(m.Run())
}

// patience bounds what a person would wait for a page to change.
const patience = 30 * time.Second

// ready reports whether a lane and a browser can be had here. What is missing
// fails the test where everything is required; elsewhere it is left out, loudly.
func ready(t *testing.T) (programs, chromium string, ok bool) {
	t.Helper()
	missing := pcscbox.Missing()
	programs, err := filepath.Abs("../../bin")
	if dir := os.Getenv("STRONGROOM_BIN"); dir != "" {
		programs, err = filepath.Abs(dir)
	}
	if err != nil || estate.Built(programs) != nil {
		missing = "make build"
	}
	chromium, err = exec.LookPath("chromium")
	if err != nil {
		if chromium, err = exec.LookPath("chromium-browser"); err != nil {
			missing = "chromium"
		}
	}
	switch {
	case missing == "":
		return programs, chromium, true
	case os.Getenv("STRONGROOM_REQUIRE") == "all":
		t.Fatalf("%s is missing and required", missing)
	}
	t.Logf("LEFT OUT: this needs %s", missing)
	return "", "", false
}

// counter is a shop's counter: a lane, the merchant's page, the PIN pad's and the card
// tray's.
type counter struct {
	t         *testing.T
	lane      *estate.Lane
	page, pad context.Context
	tray      context.Context // nil until it is opened
	foreign   []string        // requests to anywhere but these pages
}

func open(t *testing.T, programs, chromium string) *counter {
	t.Helper()
	lane, err := estate.Start(t.Context(), estate.Options{Programs: programs, Merchant: "Harbour Coffee", Misbehaviour: estate.WellBehaved()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lane.Stop(); err != nil {
			t.Error(err)
		}
	})
	c := &counter{t: t, lane: lane}
	c.browse(chromium)
	return c
}

func (c *counter) browse(chromium string) {
	c.t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium),
		chromedp.NoSandbox, chromedp.WindowSize(1180, 820))
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	page, endPage := chromedp.NewContext(alloc)
	page, endTime := context.WithTimeout(page, 3*time.Minute)
	c.page = page
	shop, err := c.lane.Till.Page()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := chromedp.Listen(page, c.watch); err != nil {
		c.t.Fatalf("starting the browser: %v", err)
	}
	c.do(page, chromedp.Navigate(shop), chromedp.WaitVisible(chromedp.CSS(`#state[data-state="ready"]`)))
	pad, endPad := chromedp.NewContext(page)
	c.pad = pad
	c.t.Cleanup(func() { endPad(); endTime(); endPage(); endAlloc() })
	url, err := c.lane.PINPad.Page()
	if err != nil {
		c.t.Fatal(err)
	}
	c.do(pad, chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("#keys")))
}

func (c *counter) watch(ev any) {
	if e, ok := ev.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(e.Request.URL, "http://127.0.0.1:") {
		c.foreign = append(c.foreign, e.Request.URL)
	}
}

func (c *counter) do(tab context.Context, actions ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(tab, actions...); err != nil {
		c.t.Fatal(err)
	}
}

// waitFor waits until an element of a page shows a text.
func (c *counter) waitFor(tab context.Context, selector, text string) {
	c.t.Helper()
	c.waitForValue(tab, fmt.Sprintf(`(()=>{const e=document.querySelector(%q);return e&&e.offsetParent!==null?e.textContent.trim():""})()`, selector), text)
}

// waitForValue waits until an expression has a value in a page.
func (c *counter) waitForValue(tab context.Context, expression, want string) {
	c.t.Helper()
	var got string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		var err error
		if got, err = chromedp.Run(tab, chromedp.Evaluate[string](expression)); err != nil {
			c.t.Fatalf("looking at %s: %v", expression, err)
		}
		if got == want {
			return
		}
	}
	c.t.Fatalf("%s is %q, never %q", expression, got, want)
}

// charge taps an amount and inserts a card of the wallet.
func (c *counter) charge(digits, card string) {
	c.t.Helper()
	c.tap(digits)
	c.waitFor(c.page, "#stage-title", "Present the card")
	c.insert(card)
}

// tap asks for an amount.
func (c *counter) tap(digits string) {
	c.t.Helper()
	for _, d := range digits {
		c.do(c.page, chromedp.Click(chromedp.CSS(fmt.Sprintf(`[data-key="%c"]`, d))))
	}
	c.do(c.page, chromedp.Click(chromedp.CSS("#charge")))
}

// insert puts a card of the wallet into the slot.
func (c *counter) insert(card string) {
	c.t.Helper()
	b, err := c.lane.Card(card)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.lane.Insert(c.t.Context(), b.Profile); err != nil {
		c.t.Fatal(err)
	}
}

// pin types digits on the PIN pad's page and confirms them.
func (c *counter) pin(amount, digits string) {
	c.t.Helper()
	c.waitFor(c.pad, "#title", "ENTER PIN")
	c.waitFor(c.pad, "#amount", amount)
	c.do(c.pad, chromedp.KeyEvent(digits), chromedp.KeyEvent("\r"))
}

// keep saves what the merchant's page shows, for people to look at.
func (c *counter) keep(name string) {
	c.t.Helper()
	c.keepOf(c.page, name)
}

func (c *counter) keepOf(tab context.Context, name string) {
	c.t.Helper()
	c.do(tab, chromedp.Sleep(450*time.Millisecond))
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		c.t.Fatalf("taking a screenshot: %v", err)
	}
	dir := filepath.Join("..", "..", "var", "browser")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counter) next() {
	c.t.Helper()
	if err := c.lane.Pull(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.do(c.page, chromedp.Click(chromedp.CSS("#next")))
}

func TestBrowserMakesASaleFromThePage(t *testing.T) {
	programs, chromium, ok := ready(t)
	if !ok {
		return
	}
	c := open(t, programs, chromium)
	c.charge("2480", "approve")
	c.pin("24.80 EUR", "1234")
	c.waitFor(c.page, "#outcome-title", "Approved")
	c.keep("approved")
	c.receipt()
	c.next()
	c.charge("999", "decline")
	c.pin("9.99 EUR", "1234")
	c.waitFor(c.page, "#outcome-title", "Declined")
	c.keep("declined")
	c.next()
	c.charge("1500", "torn-late")
	c.pin("15.00 EUR", "1234")
	c.waitFor(c.page, "#outcome-title", "Not charged")
	c.keep("not-charged")
	c.next()
	c.extras()
	c.givesBack()
	c.books()
	if len(c.foreign) > 0 {
		t.Errorf("the pages asked elsewhere: %q", c.foreign)
	}
}

// extras sells with cash back, gives money to a card that paid nothing and asks for a
// balance.
func (c *counter) extras() {
	c.t.Helper()
	c.choose(`[data-cash="20"]`)
	c.tap("1000")
	c.waitFor(c.page, "#stage-title", "Insert or swipe the card") // no cash for a tap
	c.insert("approve")
	c.pin("30.00 EUR", "1234")
	c.waitFor(c.page, "#outcome-title", "Approved")
	c.waitFor(c.page, "#outcome-text", "Paid. You can hand over the goods. Hand out €20.00 in cash.")
	c.keep("cash-back")
	c.next()

	c.choose("#back")
	c.tap("700")
	c.waitFor(c.page, "#stage-title", "Confirm the refund at the PIN pad")
	c.waitFor(c.pad, "#title", "REFUND? CONFIRM WITH OK")
	c.waitFor(c.pad, "#amount", "7.00 EUR")
	c.do(c.pad, chromedp.KeyEvent("\r"))
	c.waitFor(c.page, "#stage-title", "Insert or swipe the card")
	c.insert("nopin")
	c.waitFor(c.page, "#outcome-title", "Refunded")
	c.next()

	c.do(c.page, chromedp.Click(chromedp.CSS("#show-more")), chromedp.Click(chromedp.CSS("#ask-balance")))
	c.waitFor(c.page, "#stage-title", "Insert or swipe the card")
	c.insert("nopin")
	c.waitFor(c.page, "#outcome-title", "Told")
	c.next()
}

// choose opens the dialog of what the next payment is, and chooses.
func (c *counter) choose(selector string) {
	c.t.Helper()
	c.do(c.page, chromedp.Click(chromedp.CSS("#show-more")), chromedp.Click(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS("#more .main")))
}

// givesBack refunds a part of the first sale and closes the batch, which the acquirer
// agrees with.
func (c *counter) givesBack() {
	c.t.Helper()
	c.do(c.page, chromedp.Click(chromedp.CSS("#list li:last-child button")))
	c.do(c.page, chromedp.WaitVisible(chromedp.CSS("#details-refund")), chromedp.Click(chromedp.CSS("#details-refund")))
	c.waitFor(c.page, "#amount-label", "Refund, up to €24.80")
	for range len("2480") {
		c.do(c.page, chromedp.Click(chromedp.CSS(`[data-key="back"]`)))
	}
	for _, d := range "500" {
		c.do(c.page, chromedp.Click(chromedp.CSS(fmt.Sprintf(`[data-key="%c"]`, d))))
	}
	c.do(c.page, chromedp.Click(chromedp.CSS("#charge")))
	c.waitFor(c.page, "#outcome-title", "Refunded")
	c.waitFor(c.page, "#outcome-amount", "€5.00")
	c.keep("refunded")
	c.do(c.page, chromedp.Click(chromedp.CSS("#next")))
	c.do(c.page, chromedp.Click(chromedp.CSS("#show-batch")))
	c.waitFor(c.page, "#batch-title", "Batch 1")
	c.do(c.page, chromedp.Click(chromedp.CSS("#batch-close")), chromedp.Click(chromedp.CSS("#batch-close")))
	c.waitFor(c.page, "#batch-state", "Closed: both sides agree")
	c.keep("batch")
	c.do(c.page, chromedp.Click(chromedp.CSS("#batch [data-close]")))
}

func (c *counter) receipt() {
	c.t.Helper()
	c.do(c.page, chromedp.Click(chromedp.CSS("#show-receipt")), chromedp.WaitVisible(chromedp.CSS("#paper")), chromedp.Sleep(200*time.Millisecond))
	paper, err := chromedp.Run(c.page, chromedp.Text(chromedp.CSS("#paper")))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, want := range []string{"APPROVED", "24.80 EUR", "PIN VERIFIED", "CHIP", "A0000000031010"} {
		if !strings.Contains(paper, want) {
			c.t.Errorf("the receipt lacks %q", want)
		}
	}
	c.keep("receipt")
	c.do(c.page, chromedp.Click(chromedp.CSS("#receipt [data-close]")))
}

// books asks the acquirer: one sale stands, and the ledger is balanced.
func (c *counter) books() {
	c.t.Helper()
	ledger, err := c.lane.Desk.Ledger(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	if !ledger.Balanced() {
		c.t.Error("the acquirer's ledger is not balanced")
	}
}
