package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestBrowserSellsByEveryEntryOnAPhone(t *testing.T) {
	everyEntry(t, "phone", 390, 844, (*shop).tapped)
}

func TestBrowserSellsByEveryEntryOnATablet(t *testing.T) {
	everyEntry(t, "tablet", 1180, 820, (*shop).typed)
}

func everyEntry(t *testing.T, name string, width, height int64, charge func(*shop, string)) {
	s := openShop(t, width, height, false)
	if s == nil {
		return
	}
	s.prompted(name, charge)
	s.signed(name, charge)
	s.keyed(name, charge)
	s.clean()
}

// prompted pays by a tap that takes many prompts.
func (s *shop) prompted(name string, charge func(*shop, string)) {
	s.t.Helper()
	charge(s, "7777")
	for i, title := range []string{"One card only", "Look at the phone", "Insert or swipe the card", "Use the chip",
		"Customer chooses", "Tap again", "Reading the card", "Contacting the bank"} {
		s.waitFor("#stage-title", title)
		s.shoot(name + "-2" + string(rune('0'+i)) + "-prompt")
	}
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#outcome-meta", "Visa •••• 0010  ·  Contactless  ·  No CVM")
	s.shoot(name + "-30-tapped")
	s.paper("CUSTOMER COPY", "CONTACTLESS", "NO CVM")
	s.next()
}

// signed pays by a stripe whose owner has to sign the merchant's copy.
func (s *shop) signed(name string, charge func(*shop, string)) {
	s.t.Helper()
	charge(s, "6666")
	for _, title := range []string{"Once more, please", "Swipe the card", "Card swiped"} {
		s.waitFor("#stage-title", title)
	}
	s.waitFor("#outcome-text", "Paid. Have the merchant’s receipt signed first.")
	s.shoot(name + "-31-signature")
	s.paper("MERCHANT COPY", "SWIPED (FALLBACK)", "Sign here")
	s.next()
}

// keyed pays with the switch on, which is off again for the next payment.
func (s *shop) keyed(name string, charge func(*shop, string)) {
	s.t.Helper()
	s.switched("false")
	s.do("switch", chromedp.Click(chromedp.CSS("#keyed")))
	s.switched("true")
	s.shoot(name + "-32-keyed-pad")
	charge(s, "1250")
	s.waitFor("#stage-title", "Key the card at the PIN pad")
	s.shoot(name + "-33-key-card")
	s.waitFor("#outcome-meta", "Visa •••• 0010  ·  Keyed")
	s.paper("KEYED")
	s.next()
	s.switched("false")
	charge(s, "4444")
	s.waitFor("#stage-title", "Present the card")
}

func (s *shop) switched(want string) {
	s.t.Helper()
	got, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`document.querySelector("#keyed").getAttribute("aria-checked")`))
	if err != nil || got != want {
		s.t.Fatalf("keyed entry is %q, not %q: %v", got, want, err)
	}
}

// paper opens the receipt, which must say every word, and closes it.
func (s *shop) paper(words ...string) {
	s.t.Helper()
	s.do("receipt", chromedp.Click(chromedp.CSS("#show-receipt")), chromedp.WaitVisible(chromedp.CSS("#paper")))
	var got string
	for range 100 {
		var err error
		if got, err = chromedp.Run(s.ctx, chromedp.Text(chromedp.CSS("#paper"))); err != nil {
			s.t.Fatalf("reading the receipt: %v", err)
		}
		if strings.Contains(got, words[0]) {
			break
		}
	}
	for _, w := range words {
		if !strings.Contains(got, w) {
			s.t.Errorf("the receipt lacks %q:\n%s", w, got)
		}
	}
	s.do("close", chromedp.Click(chromedp.CSS("#receipt [data-close]")))
}
