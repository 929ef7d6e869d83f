package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

// pace is the time between two steps of a scripted payment: long enough to be
// seen, longer where every step is to be photographed.
func pace() time.Duration {
	if os.Getenv("STRONGROOM_SHOTS") != "" {
		return 900 * time.Millisecond
	}
	return 250 * time.Millisecond
}

// byAmount gives each amount its own course, so that a test can choose it from
// the keypad.
func byAmount(s mailbox.Start) []standin.Step {
	if !s.Of.Zero() {
		return standin.Host(pace())
	}
	switch s.Amount {
	case 1111:
		return standin.Decline(pace(), payment.DeclineInsufficientFunds, "51")
	case 2222:
		return standin.WrongPINThenApprove(pace())
	case 3333:
		return standin.Resolve(pace(), true)
	case 4444:
		return standin.Wait(s)
	case 5555:
		return standin.Resolve(pace(), false)
	case 6666:
		return standin.Wait(s) // the test takes each step itself
	case 7777:
		return standin.Part(pace(), 3000)
	case 8888:
		return standin.Decline(pace(), payment.DeclineCallIssuer, "01")
	}
	return standin.Approve(pace())
}

// shop is the program as it runs, and a browser that looks at it.
type shop struct {
	t     *testing.T
	world *standin.World
	url   string // opens the page
	stop  func() // ends the terminal
	ctx   context.Context

	mu       sync.Mutex
	problems []string // what the browser complained of
	foreign  []string // requests to anywhere else
}

func openShop(t *testing.T, width, height int64, dark bool) *shop {
	t.Helper()
	chromium, err := findChromium()
	if err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("STRONGROOM_REQUIRE") == "all" {
			t.Fatal("there is no Chromium, and this run may leave nothing out")
		}
		t.Log("LEFT OUT: there is no Chromium on this machine")
		return nil
	}
	s := &shop{t: t, world: standin.New(byAmount)}
	s.run()
	s.browse(chromium, width, height, dark)
	return s
}

func findChromium() (string, error) {
	if p, err := exec.LookPath("chromium"); err == nil {
		return p, nil
	}
	return exec.LookPath("chromium-browser")
}

// run starts the program's own run function with flags, as main does.
func (s *shop) run() {
	s.t.Helper()
	dir := s.t.TempDir()
	socket, addresses := filepath.Join(dir, "mailbox"), filepath.Join(dir, "addresses.json")
	l, err := net.Listen("unix", socket)
	if err != nil {
		s.t.Fatal(err)
	}
	go s.world.Serve(l)
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	done := make(chan error, 1)
	var stderr bytes.Buffer
	go func() {
		done <- run(ctx, []string{"-mailbox", "unix:" + socket, "-data", filepath.Join(dir, "data"),
			"-addresses", addresses, "-tls", "127.0.0.1:0", "-merchant", "Harbour Coffee", "-merchant-address", "Quay 4, 20457 Hamburg"}, &stderr)
	}()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("the terminal ended with: %v", err)
		}
		l.Close()
		s.world.HangUp()
	})
	s.url = readPageURL(s.t, dir, addresses)
}

func readPageURL(t *testing.T, dir, addresses string) string {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		body, err := os.ReadFile(addresses)
		if err != nil {
			continue
		}
		var a struct{ HTTP string }
		if err := json.Unmarshal(body, &a); err != nil {
			t.Fatal("the addresses are not JSON")
		}
		url, err := os.ReadFile(filepath.Join(dir, "data", "page.url"))
		if err != nil || !strings.HasPrefix(string(url), a.HTTP+"/open?key=") {
			t.Fatal("the page's link is not there when the address is")
		}
		return strings.TrimSpace(string(url))
	}
	t.Fatal("the terminal did not publish its address")
	return ""
}

func (s *shop) browse(chromium string, width, height int64, dark bool) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium),
		chromedp.NoSandbox, chromedp.WindowSize(int(width), int(height)))
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(alloc)
	ctx, endTime := context.WithTimeout(ctx, 4*time.Minute)
	s.t.Cleanup(func() { endTime(); endBrowser(); endAlloc() })
	s.ctx = ctx
	if err := chromedp.Listen(ctx, s.watch); err != nil {
		s.t.Fatalf("starting the browser: %v", err)
	}
	s.emulate(width, height, dark)
	s.do("open", chromedp.Navigate(s.url),
		chromedp.WaitVisible(chromedp.CSS(`#state[data-state="ready"]`)))
}

func (s *shop) emulate(width, height int64, dark bool) {
	s.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(s.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600})
	_, err2 := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil || err2 != nil {
		s.t.Fatalf("setting the screen: %v %v", err, err2)
	}
}

// watch keeps every complaint of the browser and every foreign request.
func (s *shop) watch(ev any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		s.problems = append(s.problems, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// Batches are looked at backwards until one is not known.
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.URL, "/v1/batches/") {
			s.problems = append(s.problems, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		base, _, _ := strings.Cut(s.url, "/open")
		if !strings.HasPrefix(e.Request.URL, base+"/") {
			s.foreign = append(s.foreign, e.Request.URL)
		}
	}
}

func (s *shop) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	if err := chromedp.Do(s.ctx, actions...); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

// typed charges an amount by the physical keyboard.
func (s *shop) typed(digits string) {
	s.t.Helper()
	s.do("type "+digits, chromedp.KeyEvent(digits), chromedp.KeyEvent("\r"))
}

// tapped charges an amount by the keypad on the screen.
func (s *shop) tapped(digits string) {
	s.t.Helper()
	for _, d := range digits {
		s.do("tap", chromedp.Click(chromedp.CSS(fmt.Sprintf(`[data-key="%c"]`, d))))
	}
	s.do("charge", chromedp.Click(chromedp.CSS("#charge")))
}

func (s *shop) waitFor(selector, text string) {
	s.t.Helper()
	var got string
	var err error
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got, err = chromedp.Run(s.ctx, chromedp.Evaluate[string](
			fmt.Sprintf(`(()=>{const e=document.querySelector(%q);return e&&e.offsetParent!==null?e.textContent:""})()`, selector)))
		if err != nil {
			s.t.Fatalf("looking at %s: %v", selector, err)
		}
		if got == text {
			return
		}
	}
	s.t.Fatalf("%s shows %q, never %q", selector, got, text)
}

// shoot saves what the screen shows below STRONGROOM_SHOTS.
func (s *shop) shoot(name string) {
	s.t.Helper()
	dir := os.Getenv("STRONGROOM_SHOTS")
	if dir == "" {
		return
	}
	s.do("settle", chromedp.Sleep(450*time.Millisecond))
	png, err := chromedp.Run(s.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		s.t.Fatalf("taking a screenshot: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// clean asserts that the browser had nothing to complain of.
func (s *shop) clean() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.problems)+len(s.foreign) > 0 {
		s.t.Errorf("the browser complained of %q and asked elsewhere for %q", s.problems, s.foreign)
	}
}

func (s *shop) next() { s.t.Helper(); s.do("next", chromedp.Click(chromedp.CSS("#next"))) }

func TestBrowserSellsByTouchOnAPhone(t *testing.T) {
	everyOutcome(t, "phone", 390, 844, false, (*shop).tapped)
}

func TestBrowserSellsByKeyboardOnATabletInTheDark(t *testing.T) {
	everyOutcome(t, "tablet", 1180, 820, true, (*shop).typed)
}

func everyOutcome(t *testing.T, name string, width, height int64, dark bool, charge func(*shop, string)) {
	s := openShop(t, width, height, dark)
	if s == nil {
		return
	}
	s.shoot(name + "-01-pad")
	s.approve(name, charge)
	s.next()
	charge(s, "1111")
	s.waitFor("#outcome-title", "Declined")
	s.shoot(name + "-06-declined")
	s.next()
	charge(s, "2222")
	s.waitFor("#stage-title", "Wrong PIN – try again")
	s.shoot(name + "-07-wrong-pin")
	s.waitFor("#outcome-title", "Approved")
	s.next()
	charge(s, "3333")
	s.waitFor("#outcome-title", "Wait – not yet known")
	s.shoot(name + "-08-resolving")
	s.waitFor("#outcome-title", "Not charged")
	s.shoot(name + "-09-not-charged")
	s.next()
	s.cancel(name, charge)
	s.look(name, width < 820)
	s.clean()
}

func (s *shop) approve(name string, charge func(*shop, string)) {
	s.t.Helper()
	charge(s, "1250")
	s.waitFor("#stage-title", "Present the card")
	s.shoot(name + "-02-insert")
	s.waitFor("#stage-title", "Customer enters the PIN")
	s.shoot(name + "-03-pin")
	s.waitFor("#stage-title", "Contacting the bank")
	s.waitFor("#outcome-title", "Approved")
	s.shoot(name + "-04-approved")
	s.do("receipt", chromedp.Click(chromedp.CSS("#show-receipt")),
		chromedp.WaitVisible(chromedp.CSS("#paper")), chromedp.Sleep(200*time.Millisecond))
	paper, err := chromedp.Run(s.ctx, chromedp.Text(chromedp.CSS("#paper")))
	if err != nil {
		s.t.Fatalf("reading the receipt: %v", err)
	}
	if !strings.Contains(paper, "APPROVED") || !strings.Contains(paper, "12.50 EUR") || !strings.Contains(paper, "CUSTOMER COPY") {
		s.t.Errorf("the receipt says %q", paper)
	}
	s.shoot(name + "-05-receipt")
	s.do("close", chromedp.Click(chromedp.CSS("#receipt [data-close]")))
}

func (s *shop) cancel(name string, charge func(*shop, string)) {
	s.t.Helper()
	charge(s, "4444")
	s.waitFor("#stage-title", "Present the card")
	s.do("reload", chromedp.Reload())
	s.waitFor("#stage-title", "Present the card") // the reload asked instead of charging again
	if s.world.Starts() != 5 {
		s.t.Errorf("%d payments began, not five", s.world.Starts())
	}
	s.do("cancel", chromedp.Click(chromedp.CSS("#cancel")))
	s.waitFor("#outcome-title", "Canceled")
	s.shoot(name + "-10-canceled")
	s.next()
}

// look opens the list, a payment's details and the security report.
func (s *shop) look(name string, tabs bool) {
	s.t.Helper()
	if tabs {
		s.do("list", chromedp.Click(chromedp.CSS(`.tabs [data-tab="history"]`)))
	}
	s.shoot(name + "-11-list")
	s.do("details", chromedp.Click(chromedp.CSS("#list li:last-child button")), chromedp.WaitVisible(chromedp.CSS("#details")))
	s.shoot(name + "-12-details")
	s.do("close", chromedp.Click(chromedp.CSS("#details [data-close]")),
		chromedp.Click(chromedp.CSS("#state")), chromedp.WaitVisible(chromedp.CSS("#security-list dd")))
	s.shoot(name + "-13-terminal")
}
