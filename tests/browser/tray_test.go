//go:build linux

package browser

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/traypage"
)

func TestBrowserTakesCardsFromTheTray(t *testing.T) {
	programs, chromium, ok := ready(t)
	if !ok {
		return
	}
	c := open(t, programs, chromium)
	c.openTray()
	c.taps()
	c.insertsAndEntersThePIN()
	c.chooses()
	c.swipes()
	c.tapsTwo()
	c.pullsMidway()
	c.isDeclined()
	c.fitsAPhone()
	c.books()
	if len(c.foreign) > 0 {
		t.Errorf("the pages asked elsewhere: %q", c.foreign)
	}
}

// openTray serves the card tray's page as the demo does, and opens it.
func (c *counter) openTray() {
	c.t.Helper()
	page, err := traypage.Listen(c.t.Context(), "127.0.0.1:0", traypage.Config{
		Tray: c.lane.Places, Reader: c.lane.ReaderDisplay, PINPad: c.lane.PINPadDisplay, Log: slog.New(slog.DiscardHandler),
		Cards: func() ([]bureau.Card, error) { return bureau.LoadAll(estate.Wallet(c.lane.Home)) },
	})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- page.Serve(ctx) }()
	tray, endTray := chromedp.NewContext(c.page)
	c.tray = tray
	c.t.Cleanup(func() {
		endTray()
		end()
		if err := <-done; err != nil {
			c.t.Error(err)
		}
	})
	c.do(tray, chromedp.Navigate(page.URL()))
	if err := chromedp.Listen(tray, c.watch); err != nil {
		c.t.Fatal(err)
	}
	c.reader("WELCOME", "")
}

// ask types an amount on the merchant's page and charges it; the reader asks for
// a card then.
func (c *counter) ask(digits, amount string) {
	c.t.Helper()
	for _, d := range digits {
		c.do(c.page, chromedp.Click(chromedp.CSS(fmt.Sprintf(`[data-key="%c"]`, d))))
	}
	c.do(c.page, chromedp.Click(chromedp.CSS("#charge")))
	c.waitFor(c.page, "#stage-title", "Present the card")
	c.reader(amount, "TAP, INSERT OR SWIPE CARD")
}

// hand chooses a card and does something with it.
func (c *counter) hand(card, do string) {
	c.t.Helper()
	c.do(c.tray, chromedp.Click(chromedp.CSS(fmt.Sprintf(`[name=card][value=%q]`, card))))
	c.press(do)
}

func (c *counter) press(do string) {
	c.t.Helper()
	c.do(c.tray, chromedp.Click(chromedp.CSS(fmt.Sprintf(`[data-do=%q]`, do))))
}

// reader waits until the reader's display shows these lines, on the tray's page.
func (c *counter) reader(first, second string) {
	c.t.Helper()
	c.waitFor(c.tray, "#reader-text", first)
	c.waitFor(c.tray, "#reader-more", second)
}

// fits tells which buttons make sense.
func (c *counter) fits(want string) {
	c.t.Helper()
	c.waitForValue(c.tray, `[...document.querySelectorAll("[data-do]")].filter(b=>b.getAttribute("aria-disabled")==="false").map(b=>b.dataset.do).join(" ")`, want)
}

func (c *counter) again() {
	c.t.Helper()
	c.do(c.page, chromedp.Click(chromedp.CSS("#next")))
}

// outcome waits for the payment's end on the merchant's page, and for what is
// said there of the card and its holder.
func (c *counter) outcome(title, meta string) {
	c.t.Helper()
	c.waitFor(c.page, "#outcome-title", title)
	got, err := chromedp.Run(c.page, chromedp.Text(chromedp.CSS("#outcome-meta")))
	if err != nil {
		c.t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(got), " "), meta) {
		c.t.Errorf("the page says %q of the card, not %q", got, meta)
	}
}

func (c *counter) taps() {
	c.t.Helper()
	c.fits("tap insert swipe")
	c.press("pull")
	c.waitFor(c.tray, "#said", "The slot is empty.")
	c.ask("1000", "10.00 EUR")
	c.hand("approve", "tap")
	c.waitFor(c.tray, "#field", "approve in the field")
	c.outcome("Approved", "Contactless · No PIN")
	c.reader("APPROVED", "PLEASE REMOVE CARD")
	c.fits("away")
	c.keepOf(c.tray, "tray")
	c.press("away")
	c.waitFor(c.tray, "#field", "Field empty")
	c.reader("WELCOME", "")
	c.paper("APPROVED", "10.00 EUR", "CONTACTLESS", "NO PIN", "A0000000031010")
	c.again()
}

func (c *counter) insertsAndEntersThePIN() {
	c.t.Helper()
	c.ask("2480", "24.80 EUR")
	c.hand("approve", "insert")
	c.reader("24.80 EUR", "USE THE PIN PAD")
	c.waitFor(c.tray, "#contact", "approve in the slot")
	c.waitFor(c.tray, "#pinpad-amount", "24.80 EUR")
	c.waitFor(c.tray, "#pinpad-title", "ENTER PIN")
	c.fits("pull")
	c.pin("24.80 EUR", "1234")
	c.outcome("Approved", "Chip · PIN")
	c.reader("APPROVED", "PLEASE REMOVE CARD")
	c.press("pull")
	c.waitFor(c.tray, "#contact", "Slot empty")
	c.paper("CHIP", "PIN VERIFIED")
	c.again()
}

func (c *counter) chooses() {
	c.t.Helper()
	c.ask("9000", "90.00 EUR")
	c.hand("two", "insert")
	c.reader("90.00 EUR", "CHOOSE AT THE PIN PAD")
	c.waitForValue(c.tray, `[...document.querySelectorAll("#pinpad-lines li")].map(l=>l.textContent).join("|")`, "1 VISA CREDIT|2 VISA DEBIT")
	c.do(c.pad, chromedp.KeyEvent("2"))
	c.pin("90.00 EUR", "1234")
	c.outcome("Approved", "Chip · PIN")
	c.press("pull")
	c.again()
}

func (c *counter) swipes() {
	c.t.Helper()
	c.hand("stripe", "tap")
	c.waitFor(c.tray, "#said", "This card cannot be tapped.")
	c.ask("2000", "20.00 EUR")
	c.hand("approve", "swipe")
	c.reader("20.00 EUR", "THIS CARD HAS A CHIP, PLEASE INSERT IT")
	c.waitFor(c.page, "#stage-title", "Use the chip")
	c.hand("stripe", "swipe")
	c.outcome("Approved", "Swiped · Signature")
	c.reader("APPROVED", "")
	c.paper("SWIPED", "Sign here")
	c.again()
}

func (c *counter) tapsTwo() {
	c.t.Helper()
	c.do(c.tray, chromedp.Click(chromedp.CSS(".faults summary")), chromedp.Click(chromedp.CSS("#crowd")))
	c.ask("1100", "11.00 EUR")
	c.hand("approve", "tap")
	c.reader("11.00 EUR", "PRESENT ONE CARD ONLY")
	c.waitFor(c.tray, "#field", "Two cards in the field: approve and mastercard")
	c.waitFor(c.page, "#stage-title", "One card only")
	c.press("away")
	c.waitFor(c.tray, "#field", "Field empty")
	c.do(c.tray, chromedp.Click(chromedp.CSS("#crowd")))
	c.press("tap")
	c.outcome("Approved", "Contactless")
	c.press("away")
	c.again()
}

func (c *counter) pullsMidway() {
	c.t.Helper()
	c.ask("1500", "15.00 EUR")
	c.hand("approve", "insert")
	c.waitFor(c.pad, "#title", "ENTER PIN")
	c.press("pull")
	c.outcome("Not charged", "")
	c.waitFor(c.page, "#outcome-text", "The card was taken out too early. Nothing was charged; you can try again.")
	c.reader("NOT CHARGED", "")
	c.reader("WELCOME", "")
	c.again()
}

func (c *counter) isDeclined() {
	c.t.Helper()
	c.ask("999", "9.99 EUR")
	c.hand("decline", "insert")
	c.pin("9.99 EUR", "1234")
	c.outcome("Declined", "Chip · PIN")
	c.reader("DECLINED", "PLEASE REMOVE CARD")
	c.press("pull")
	c.paper("DECLINED")
}

// fitsAPhone: nothing is wider than the screen, and displays and buttons stay in
// sight wherever the list of cards is.
func (c *counter) fitsAPhone() {
	c.t.Helper()
	_, err := chromedp.Call(c.tray, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true})
	_, err2 := chromedp.Call(c.tray, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	if err != nil || err2 != nil {
		c.t.Fatal(err, err2)
	}
	c.do(c.tray, chromedp.Click(chromedp.CSS(`[name=card][value="garbage"]`))) // the last one
	c.waitForValue(c.tray, `document.documentElement.scrollWidth + " " + (scrollY > 0)`, "390 true")
	c.waitForValue(c.tray, `[...document.querySelectorAll("#reader, #pinpad, [data-do], #said")].filter(e => {
		const r = e.getBoundingClientRect(); return r.top < 0 || r.bottom > innerHeight }).map(e => e.id || e.dataset.do).join(" ")`, "")
	c.keepOf(c.tray, "tray-phone")
}

// paper reads the receipt on the merchant's page.
func (c *counter) paper(wants ...string) {
	c.t.Helper()
	c.do(c.page, chromedp.Click(chromedp.CSS("#show-receipt")), chromedp.WaitVisible(chromedp.CSS("#paper")), chromedp.Sleep(200*time.Millisecond))
	text, err := chromedp.Run(c.page, chromedp.Text(chromedp.CSS("#paper")))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, want := range wants {
		if !strings.Contains(text, want) {
			c.t.Errorf("the receipt lacks %q:\n%s", want, text)
		}
	}
	c.do(c.page, chromedp.Click(chromedp.CSS("#receipt [data-close]")))
}
