package main

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func TestBrowserGivesBackOnAPhone(t *testing.T) {
	givesBack(t, "phone", 390, 844, (*shop).tapped)
}

func TestBrowserGivesBackOnATablet(t *testing.T) {
	givesBack(t, "tablet", 1180, 820, (*shop).typed)
}

// givesBack refunds one sale in parts, voids another and closes the batch.
func givesBack(t *testing.T, name string, width, height int64, charge func(*shop, string)) {
	s := openShop(t, width, height, false)
	if s == nil {
		return
	}
	s.sells(charge, "1250")
	s.refund(name, width < 820, charge)
	s.sells(charge, "2000")
	s.void(name, width < 820)
	s.batch(name, width < 820)
	s.clean()
}

func (s *shop) sells(charge func(*shop, string), amount string) {
	s.t.Helper()
	charge(s, amount)
	s.waitFor("#outcome-title", "Approved")
	s.next()
}

func (s *shop) click(selector string) {
	s.t.Helper()
	s.do("press "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// newest opens the details of the newest payment.
func (s *shop) newest(tabs bool) {
	s.t.Helper()
	if tabs {
		s.click(`.tabs [data-tab="history"]`)
	}
	s.click("#list li:first-child button")
}

func (s *shop) refund(name string, tabs bool, charge func(*shop, string)) {
	s.t.Helper()
	s.newest(tabs)
	s.shoot(name + "-refund-1-details")
	s.click("#details-refund")
	s.waitFor("#amount-label", "Refund, up to €12.50")
	s.shoot(name + "-refund-2-keypad")
	s.press("back", 4)
	charge(s, "1251") // more than there is: the last digit is not taken
	s.waitFor("#outcome-title", "Refunded")
	s.waitFor("#outcome-amount", "€1.25")
	s.shoot(name + "-refund-3-done")
	s.next()
	s.waitFor("#amount-label", "Amount")
}

func (s *shop) press(key string, times int) {
	s.t.Helper()
	for range times {
		s.click(`[data-key="` + key + `"]`)
	}
}

func (s *shop) void(name string, tabs bool) {
	s.t.Helper()
	s.newest(tabs)
	s.click("#details-void")
	s.waitFor("#details-void", "Void – press again")
	if s.world.Starts() != 3 {
		s.t.Errorf("%d payments began before it was confirmed", s.world.Starts())
	}
	s.click("#details-void")
	s.waitFor("#outcome-title", "Voided")
	s.shoot(name + "-void")
	s.next()
}

func (s *shop) batch(name string, tabs bool) {
	s.t.Helper()
	s.world.Differ(mailbox.Different{Present: true, Kind: mailbox.DifferenceUnknown, Type: payment.TypeRefund, RRN: 6, Theirs: 100})
	if tabs {
		s.click(`.tabs [data-tab="history"]`)
	}
	s.click("#show-batch")
	s.waitFor("#batch-title", "Batch 7")
	s.shoot(name + "-batch-1-open")
	s.click("#batch-close")
	s.click("#batch-close")
	s.waitFor("#batch-state", "Closed: the sides differ")
	s.waitFor("#batch-differences li", "The terminal does not know: refund 000000000006, terminal €0.00, bank €1.00")
	s.shoot(name + "-batch-2-closed")
	s.do("close", chromedp.Click(chromedp.CSS("#batch [data-close]")))
}
