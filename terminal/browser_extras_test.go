package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestBrowserHandsOutCashAndGivesBackWithoutASaleOnAPhone(t *testing.T) {
	takesExtras(t, "phone", 390, 844, (*shop).tapped)
}

func TestBrowserHandsOutCashAndGivesBackWithoutASaleOnATablet(t *testing.T) {
	takesExtras(t, "tablet", 1180, 820, (*shop).typed)
}

// takesExtras sells with cash back, gives back to a card that paid nothing, asks for a
// balance in the middle of a sale and holds more than was held.
func takesExtras(t *testing.T, name string, width, height int64, charge func(*shop, string)) {
	s := openShop(t, width, height, false)
	if s == nil {
		return
	}
	s.cash(name, width < 820, charge)
	s.balance(name)
	s.giveBack(name, charge)
	s.holdMore(name, width < 820, charge)
	s.clean()
}

func (s *shop) cash(name string, tabs bool, charge func(*shop, string)) {
	s.t.Helper()
	s.more(`[data-cash="20"]`)
	s.shoot(name + "-cash-1-dialog")
	s.click("#more .main")
	s.waitFor("#show-more", "Cash €20.00")
	s.more("#keyed") // nobody hands out cash for a card that is not there
	s.waitFor("#show-more", "Keyed entry")
	s.click(`[data-cash="20"]`)
	s.waitFor("#show-more", "Cash €20.00")
	s.click("#more .main")
	charge(s, "1000")
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#outcome-amount", "€30.00")
	s.waitFor("#outcome-text", "Paid. You can hand over the goods. Hand out €20.00 in cash.")
	s.shoot(name + "-cash-2-approved")
	s.next()
	s.waitFor("#show-more", "More")
	s.newest(tabs)
	if list := s.text("#details-list"); !strings.Contains(list, "Cashback€20.00") {
		s.t.Errorf("the details are %q", list)
	}
	s.do("close", chromedp.Click(chromedp.CSS("#details [data-close]")))
	if tabs {
		s.click(`.tabs [data-tab="charge"]`)
	}
}

// balance is asked for while an amount stands on the pad, which stays there.
func (s *shop) balance(name string) {
	s.t.Helper()
	s.press("5", 3)
	s.waitFor("#amount", "€5.55")
	s.click("#show-more")
	s.click("#ask-balance")
	s.waitFor("#outcome-title", "Told")
	s.waitFor("#outcome-text", "The cardholder alone was told.")
	s.shoot(name + "-balance")
	s.do("next", chromedp.Click(chromedp.CSS("#next")))
	s.waitFor("#amount", "€5.55")
	s.press("back", 3)
}

func (s *shop) giveBack(name string, charge func(*shop, string)) {
	s.t.Helper()
	s.more("#back", "#more .main")
	s.waitFor("#show-more", "Give back")
	charge(s, "1500")
	s.waitFor("#outcome-title", "Refunded")
	s.waitFor("#outcome-amount", "€15.00")
	s.shoot(name + "-give-back")
	s.next()
	s.waitFor("#show-more", "More")
	charge(s, "1111")
	s.waitFor("#outcome-title", "Declined") // a sale again
	s.next()
	s.more("#back", "#more .main")
	charge(s, "1111")
	s.waitFor("#outcome-title", "Not done")
	s.next()
}

func (s *shop) holdMore(name string, tabs bool, charge func(*shop, string)) {
	s.t.Helper()
	s.more("#hold", "#more .main")
	charge(s, "4000")
	s.waitFor("#outcome-title", "Held")
	s.next()
	s.newest(tabs)
	s.click("#details-raise")
	s.waitFor("#charge", "Hold more")
	charge(s, "1000")
	s.waitFor("#outcome-title", "Held")
	s.waitFor("#outcome-amount", "€10.00")
	s.shoot(name + "-raise")
	s.next()
	if tabs {
		s.click(`.tabs [data-tab="history"]`)
	}
	s.click("#list li:nth-child(2) button")
	if list := s.text("#details-list"); !strings.Contains(list, "Held€50.00") {
		s.t.Errorf("the details are %q", list)
	}
	s.do("close", chromedp.Click(chromedp.CSS("#details [data-close]")))
}
