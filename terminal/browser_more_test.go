package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestBrowserTakesTipsPartsAndCodesOnAPhone(t *testing.T) {
	takesMore(t, "phone", 390, 844, (*shop).tapped)
}

func TestBrowserTakesTipsPartsAndCodesOnATablet(t *testing.T) {
	takesMore(t, "tablet", 1180, 820, (*shop).typed)
}

// takesMore sells with a tip, in two parts, and by what the bank read out.
func takesMore(t *testing.T, name string, width, height int64, charge func(*shop, string)) {
	s := openShop(t, width, height, false)
	if s == nil {
		return
	}
	s.tip(name, width < 820, charge)
	s.part(name, charge)
	s.byVoice(name, charge)
	s.clean()
}

// more opens the dialog, presses what is asked for and closes it.
func (s *shop) more(selectors ...string) {
	s.t.Helper()
	s.click("#show-more")
	for _, selector := range selectors {
		s.click(selector)
	}
}

func (s *shop) tip(name string, tabs bool, charge func(*shop, string)) {
	s.t.Helper()
	s.click("#show-tip")
	s.click(`[data-tip="10"]`)
	s.shoot(name + "-tip-1-dialog")
	s.click("#tip .main")
	s.waitFor("#show-tip", "Tip 10 %")
	charge(s, "2000")
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#outcome-amount", "€22.00")
	s.next()
	s.waitFor("#show-tip", "Tip")
	s.newest(tabs)
	s.waitFor("#details-title", "Approved €22.00")
	if list := s.text("#details-list"); !strings.Contains(list, "Tip€2.00") {
		s.t.Errorf("the details are %q", list)
	}
	s.do("close", chromedp.Click(chromedp.CSS("#details [data-close]")))
	if tabs {
		s.click(`.tabs [data-tab="charge"]`)
	}
}

func (s *shop) part(name string, charge func(*shop, string)) {
	s.t.Helper()
	s.more("#part", "#more .main")
	s.waitFor("#show-more", "Part payment")
	charge(s, "7777")
	s.waitFor("#outcome-title", "Only part is paid")
	s.waitFor("#outcome-text", "Still to pay: €47.77")
	s.shoot(name + "-part")
	s.waitFor("#next", "Charge the rest, €47.77")
	s.do("next", chromedp.Click(chromedp.CSS("#next")))
	s.waitFor("#amount", "€47.77")
	s.do("charge", chromedp.Click(chromedp.CSS("#charge")))
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#outcome-amount", "€47.77")
	s.next()
}

func (s *shop) byVoice(name string, charge func(*shop, string)) {
	s.t.Helper()
	charge(s, "8888")
	s.waitFor("#outcome-title", "Declined")
	s.shoot(name + "-code-1-declined")
	s.click("#show-code")
	s.do("type", chromedp.KeyEvent("a1b2c"))
	s.waitFor("#code", "A1B2C·")
	if got := s.text("#send-code:disabled"); got == "" {
		s.t.Error("five characters may be sent")
	}
	s.click("#letters button:nth-child(4)")
	s.waitFor("#code", "A1B2C3")
	s.shoot(name + "-code-2-dialog")
	s.click("#send-code")
	s.waitFor("#outcome-title", "Approved")
	s.waitFor("#outcome-amount", "€88.88")
	s.next()
}

// text is what an element shows now.
func (s *shop) text(selector string) string {
	s.t.Helper()
	got, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`(document.querySelector("`+selector+`")||{textContent:""}).textContent`))
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}
