package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
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

// shown is a step of a payment and what the page shows once it is taken.
type shown struct {
	step            standin.Step
	selector, title string
}

// courseOf pairs the steps of a script with the titles they lead to; the last one
// ends the payment.
func courseOf(steps []standin.Step, titles ...string) []shown {
	var course []shown
	for i, title := range titles {
		course = append(course, shown{steps[i], "#stage-title", title})
	}
	return append(course, shown{steps[len(titles)], "#outcome-title", "Approved"})
}

// play takes each step of the payment on the screen, and looks before the next.
func (s *shop) play(name string, course []shown) {
	s.t.Helper()
	text, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`document.querySelector("#progress").dataset.payment`))
	if err != nil {
		s.t.Fatalf("asking for the payment: %v", err)
	}
	id, err := payment.ParseID(text)
	if err != nil {
		s.t.Fatalf("the page has no payment: %v", err)
	}
	for i, c := range course {
		s.world.Change(id, c.step.Change)
		s.waitFor(c.selector, c.title)
		s.shoot(fmt.Sprintf("%s-%02d", name, i))
	}
}

// prompted pays by a tap that takes many prompts.
func (s *shop) prompted(name string, charge func(*shop, string)) {
	s.t.Helper()
	charge(s, "6666")
	s.waitFor("#stage-title", "Present the card")
	for stage, title := range map[payment.Stage]string{
		payment.StageOneCardOnly: "One card only", payment.StageSeePhone: "Look at the phone",
		payment.StageInsertOrSwipe: "Insert or swipe the card", payment.StageReadErrorUseChip: "Use the chip",
		payment.StageChooseApp: "Customer chooses",
	} {
		s.play(name+"-"+stage.String(), []shown{{standin.Prompt(0, stage), "#stage-title", title}})
	}
	s.play(name+"-tap", courseOf(standin.Tap(0, payment.CVMNoCVM), "Tap again", "Reading the tap", "Contacting the bank"))
	s.waitFor("#outcome-meta", "Visa •••• 0010  ·  Contactless  ·  No PIN")
	s.paper("CUSTOMER COPY", "CONTACTLESS", "NO PIN")
	s.next()
}

// signed pays by a stripe whose owner has to sign the merchant's copy.
func (s *shop) signed(name string, charge func(*shop, string)) {
	s.t.Helper()
	charge(s, "6666")
	s.waitFor("#stage-title", "Present the card")
	s.play(name+"-fallback", courseOf(standin.Fallback(0), "Once more, please", "Swipe the card", "Card swiped", "Contacting the bank"))
	s.waitFor("#outcome-text", "Paid. Have the merchant’s receipt signed first.")
	s.paper("MERCHANT COPY", "SWIPED (FALLBACK)", "Sign here")
	s.next()
}

// keyed pays with the switch on, which is off again for the next payment.
func (s *shop) keyed(name string, charge func(*shop, string)) {
	s.t.Helper()
	s.switched("false")
	s.more("#keyed", "#more .main")
	s.switched("true")
	s.shoot(name + "-keyed-pad")
	charge(s, "6666")
	s.waitFor("#stage-title", "Key the card at the PIN pad")
	s.shoot(name + "-key-card")
	s.play(name+"-keyed", courseOf(standin.Key(0), "Contacting the bank"))
	s.waitFor("#outcome-meta", "Visa •••• 0010  ·  Keyed")
	s.paper("KEYED")
	s.next()
	s.switched("false")
	charge(s, "6666")
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
	for end := time.Now().Add(15 * time.Second); !strings.Contains(got, words[0]) && time.Now().Before(end); {
		var err error
		if got, err = chromedp.Run(s.ctx, chromedp.Text(chromedp.CSS("#paper"))); err != nil {
			s.t.Fatalf("reading the receipt: %v", err)
		}
	}
	for _, w := range words {
		if !strings.Contains(got, w) {
			s.t.Errorf("the receipt lacks %q:\n%s", w, got)
		}
	}
	s.do("close", chromedp.Click(chromedp.CSS("#receipt [data-close]")))
}
