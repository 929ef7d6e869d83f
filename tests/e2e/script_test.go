//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// scripts runs every script of a folder, one after the other on the shared lane.
func scripts(t *testing.T, folder string) {
	l := sharedLane(t)
	if l == nil {
		return
	}
	runScripts(t, l, testscript.Params{Dir: folder})
}

func runScripts(t *testing.T, l *lane, p testscript.Params) {
	p.RequireExplicitExec, p.Cmds = true, commands()
	p.Setup = func(env *testscript.Env) error { return setUp(env, l) }
	testscript.Run(t, p)
}

func TestSaleEndsAsItsScriptSays(t *testing.T) { scripts(t, "testdata/sale") }

func TestBadInputOfACardAHostOrATillEndsAsItsScriptSays(t *testing.T) {
	scripts(t, "testdata/badinput")
}

type stageKey struct{}

// stage is what a script acts on: the lane and the payments that it began.
type stage struct {
	*lane
	ctx context.Context

	key     string       // of the last payment
	current paid         // as it was answered first
	refused error        // of the last request, nil if it was taken
	fresh   *bureau.Card // the script's own card, once it was inserted
	begun   []string     // ids of all payments

	original string  // the payment that is continued, where it is not the last
	batch    settled // that was closed last
}

// setUp gives the script the lane alone, and afterwards puts the lane in order
// and proves that it is.
func setUp(env *testscript.Env, l *lane) error {
	l.turn.Lock()
	ctx, cancel := context.WithTimeout(context.Background(), 3*l.patience)
	s := &stage{lane: l, ctx: ctx}
	env.Values[stageKey{}] = s
	env.Defer(func() {
		defer l.turn.Unlock()
		cancel()
		if err := s.tidyUp(); err != nil {
			// The script has ended; its T may only be failed.
			env.T().(interface{ Errorf(string, ...any) }).Errorf("after the script: %v", err)
		}
	})
	return errors.Join(l.tray.Pull(), l.tray.Away(), l.till.settle(ctx))
}

// tidyUp brings the lane to rest, compares all books for every payment of the
// script, and makes one more sale.
func (s *stage) tidyUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*s.patience)
	defer cancel()
	s.ctx = ctx
	err := errors.Join(s.restore(ctx), s.books.heal(ctx), s.crashed())
	if err != nil {
		return err
	}
	if err := s.agree(); err != nil {
		return err
	}
	return s.soundSale(ctx)
}

// agree waits for rest and compares the books for every payment of the script.
func (s *stage) agree() error {
	if err := errors.Join(s.tray.Pull(), s.tray.Away()); err != nil {
		return err
	}
	if err := errors.Join(s.till.settle(s.ctx), s.till.told(s.ctx)); err != nil {
		return err
	}
	for _, id := range s.begun {
		p, err := s.till.follow(s.ctx, id, paid.done)
		if err != nil {
			return err
		}
		if err := s.compare(p); err != nil {
			return fmt.Errorf("%s of %d: %w", p.Type, p.Amount, err)
		}
	}
	return s.books.balanced(s.ctx)
}

type command = func(ts *testscript.TestScript, neg bool, args []string)

// commands are what scripts may say beside testscript's own words.
func commands() map[string]command {
	all := map[string]func(s *stage, args []string) error{
		"insert": (*stage).insert, "pull": (*stage).pull,
		"tap": (*stage).tap, "away": (*stage).away, "swipe": (*stage).swipe, "swipetext": (*stage).swipeText,
		"keyin": (*stage).keyIn, "choose": (*stage).choose, "paykeyed": (*stage).payKeyed,
		"keywrong": (*stage).keyWrong, "keyat": (*stage).keyAt, "payfor": (*stage).payFor, "gap": (*stage).gap, "invited": (*stage).invited,
		"orders": (*stage).orders, "booked": (*stage).booked, "receipt": (*stage).receiptSays,
		"pin": (*stage).pin, "press": (*stage).press, "shows": (*stage).shows,
		"pay": (*stage).pay, "again": (*stage).again, "storm": (*stage).storm, "cancel": (*stage).cancelPayment,
		"busy": (*stage).busy, "post": (*stage).post, "refused": (*stage).isRefused,
		"waitfor": (*stage).waitFor, "expect": (*stage).expect, "certified": (*stage).certified,
		"requests": (*stage).requests, "obeyed": (*stage).obeyed, "fault": (*stage).fault, "heal": (*stage).heal,
		"crash": (*stage).crash, "restart": (*stage).restartWorld, "halt": (*stage).halt, "begin": (*stage).begin,
		"freeze": (*stage).freeze, "thaw": (*stage).thaw,
		"lane": (*stage).laneIs, "agree": func(s *stage, _ []string) error { return s.agree() },
		"sale": (*stage).wholeSale,
	}
	maps.Copy(all, lifeCommands())
	maps.Copy(all, elementCommands())
	out := map[string]command{}
	for name, do := range all {
		out[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			err := do(ts.Value(stageKey{}).(*stage), args)
			if neg && err == nil {
				ts.Fatalf("this should have failed")
			}
			if !neg {
				ts.Check(err)
			}
		}
	}
	return out
}

// insert CARD [FIELD=VALUE…]: puts a card into the reader, its profile changed.
func (s *stage) insert(args []string) error {
	profile, err := s.altered(args)
	if err != nil {
		return err
	}
	return s.tray.Insert(profile)
}

// altered is a card's profile with its changes.
func (s *stage) altered(args []string) (virtualcard.Profile, error) {
	if len(args) == 0 {
		return virtualcard.Profile{}, errors.New("which card?")
	}
	card, err := s.cardOf(args[0])
	if err != nil {
		return virtualcard.Profile{}, err
	}
	profile := card.Profile
	for _, change := range args[1:] {
		if err := alter(&profile, change); err != nil {
			return profile, err
		}
	}
	return profile, nil
}

// cardOf knows the wallet of the demo, and one card that the issuer made for this script
// alone: "fresh", whose PIN tries it may use up, or "referred", for which he wants a call.
func (s *stage) cardOf(name string) (bureau.Card, error) {
	order := bureau.Order{Name: name, PIN: demoPIN, Balance: 1_000_00}
	switch name {
	case "fresh":
	case "referred":
		order.Scenario, order.Chip.NoCVM = provisioning.ScenarioRefer, true
	default:
		return s.card(name)
	}
	if s.fresh == nil {
		c, err := s.estate.NewCard(s.ctx, order)
		if err != nil {
			return c, err
		}
		s.fresh = &c
	}
	return *s.fresh, nil
}

// alter sets a field of a profile by its name in JSON.
func alter(p *virtualcard.Profile, change string) error {
	name, value, found := strings.Cut(change, "=")
	if !found {
		return errors.New("a change is FIELD=VALUE")
	}
	if !json.Valid([]byte(value)) {
		value = strconv.Quote(value)
	}
	object, closed := "", ""
	if outer, inner, nested := strings.Cut(name, "."); nested { // tap.FIELD=VALUE
		object, closed, name = fmt.Sprintf("{%q:", outer), "}", inner
	}
	return json.Unmarshal(fmt.Appendf(nil, "%s{%q:%s}%s", object, name, value, closed), p)
}

func (s *stage) pull([]string) error { return s.tray.Pull() }

// pin DIGITS: waits until the PIN pad asks and types.
func (s *stage) pin(args []string) error {
	if _, err := s.pad.asked(s.ctx); err != nil {
		return err
	}
	return s.pad.enter(s.ctx, args[0])
}

// press KEY: waits until the PIN pad asks and presses one key.
func (s *stage) press(args []string) error {
	if _, err := s.pad.asked(s.ctx); err != nil {
		return err
	}
	return s.pad.Press(s.ctx, args[0])
}

// shows TEXT…: waits until the PIN pad asks with these words on its screen.
func (s *stage) shows(args []string) error {
	screen, err := s.pad.asked(s.ctx)
	if err != nil {
		return err
	}
	seen := fmt.Sprint(screen.Title, " ", screen.Amount, " ", screen.Note)
	for _, want := range args {
		if !strings.Contains(seen, want) {
			return fmt.Errorf("the PIN pad shows %q", seen)
		}
	}
	return nil
}

// pay AMOUNT: starts a payment under a new key. Refusal is no failure of the
// command; "refused" asks for it.
func (s *stage) pay(args []string) error {
	amount, err := minor(args[0])
	if err != nil {
		return err
	}
	s.key = newKey()
	return s.ask(amount)
}

func (s *stage) ask(amount int64) error {
	p, err := s.till.pay(s.ctx, s.key, amount)
	s.refused = err
	if err != nil {
		if codeOf(err) != "" {
			return nil
		}
		return err
	}
	s.current, s.original = p, ""
	s.begun = append(s.begun, p.ID)
	return nil
}

// again [AMOUNT]: asks once more under the same key, by default the same.
func (s *stage) again(args []string) error {
	amount := s.current.Amount
	if len(args) > 0 {
		var err error
		if amount, err = minor(args[0]); err != nil {
			return err
		}
	}
	before := s.current.ID
	if err := s.ask(amount); err != nil || s.refused != nil {
		return err
	}
	if s.current.ID != before {
		return errors.New("the same key began another payment")
	}
	return nil
}

// busy AMOUNT: another till's payment is refused while this one runs.
func (s *stage) busy(args []string) error {
	amount, err := minor(args[0])
	if err != nil {
		return err
	}
	if _, err := s.till.pay(s.ctx, newKey(), amount); codeOf(err) != "busy" {
		return fmt.Errorf("a second payment is answered: %w", err)
	}
	return nil
}

// storm N AMOUNT: N requests under one new key at once. Exactly one begins; every
// other gets the same payment.
func (s *stage) storm(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	amount, err := minor(args[1])
	if err != nil {
		return err
	}
	s.key = newKey()
	answers, errs := make([]paid, n), make([]error, n)
	var all sync.WaitGroup
	room := make(chan struct{}, 100) // below the terminal's bound on connections, which is another test's
	for i := range n {
		all.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			answers[i], errs[i] = s.till.pay(s.ctx, s.key, amount)
			for codeOf(errs[i]) == "in_flight" {
				answers[i], errs[i] = s.till.pay(s.ctx, s.key, amount)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, a := range answers {
		if a.ID != answers[0].ID {
			return errors.New("one key began two payments")
		}
	}
	s.current, s.refused = answers[0], nil
	s.begun = append(s.begun, answers[0].ID)
	return nil
}

func (s *stage) cancelPayment([]string) error {
	_, err := s.till.cancel(s.ctx, s.current.ID)
	s.refused = err
	if codeOf(err) != "" {
		return nil
	}
	return err
}

// refused CODE: the last request was refused so.
func (s *stage) isRefused(args []string) error {
	if got := codeOf(s.refused); got != args[0] {
		return fmt.Errorf("the last request was answered %q, %v", got, s.refused)
	}
	return nil
}

// waitfor FIELD VALUE: waits until the payment has it, and fails when it ends
// without. Whether the card alone has approved may change behind the end.
func (s *stage) waitFor(args []string) error {
	p, err := s.till.follow(s.ctx, s.current.ID, func(p paid) bool { return p.field(args[0]) == args[1] || p.done() && args[0] != "offline" })
	if err != nil {
		return fmt.Errorf("%w; last seen: %s", err, p.summary())
	}
	if got := p.field(args[0]); got != args[1] {
		return fmt.Errorf("%s is %q: %s", args[0], got, p.summary())
	}
	return nil
}

func (p paid) summary() string {
	return fmt.Sprintf("status %s, stage %s, outcome %s, money %s, failure %s, decline %s, attempt %d",
		p.Status, p.field("stage"), p.field("outcome"), p.Money, p.field("failure"), p.field("decline"), p.Attempt)
}

// expect FIELD VALUE…: the payment has one of these now; "none" is empty.
func (s *stage) expect(args []string) error {
	p, err := s.till.payment(s.ctx, s.current.ID)
	if err != nil {
		return err
	}
	got := p.field(args[0])
	for _, want := range args[1:] {
		if got == want || got == "" && want == "nothing" {
			return nil
		}
	}
	return fmt.Errorf("%s is %q: %s", args[0], got, p.summary())
}

// certified: the receipt says approved, with the card's TC and a verified PIN.
func (s *stage) certified([]string) error {
	r, err := s.till.receipt(s.ctx, s.current.ID)
	if err != nil {
		return err
	}
	if r.Result != "APPROVED" || !r.certified() || r.ApprovedAmount != s.current.Amount {
		return fmt.Errorf("the receipt says %+v", r)
	}
	return nil
}

// requests STATE…: the host has these of the payment's amount, newest first;
// "none" for nothing.
func (s *stage) requests(args []string) error {
	list, err := s.books.requests(s.ctx, s.current.Amount)
	if err != nil {
		return err
	}
	got := "none"
	for i, r := range list {
		if i == 0 {
			got = ""
		}
		got += " " + r.State
	}
	if strings.TrimSpace(got) != strings.Join(args, " ") {
		return fmt.Errorf("the host has %s", got)
	}
	return nil
}

// fault KIND COUNT [MTI [MILLISECONDS]]
func (s *stage) fault(args []string) error {
	f := desk.Fault{Kind: args[0]}
	var err error
	if f.Count, err = strconv.Atoi(args[1]); err != nil {
		return err
	}
	if len(args) > 2 {
		f.MTI = args[2]
	}
	if len(args) > 3 {
		if f.DelayMillis, err = strconv.Atoi(args[3]); err != nil {
			return err
		}
	}
	return s.books.Fault(s.ctx, f)
}

func (s *stage) heal([]string) error { return s.books.heal(s.ctx) }

// lane quiet: pulls the card and waits until the lane is at rest; lane STATE: waits
// until the lane says so of itself.
func (s *stage) laneIs(args []string) error {
	if args[0] == "quiet" {
		return errors.Join(s.tray.Pull(), s.till.settle(s.ctx))
	}
	for {
		state, err := s.till.lane(s.ctx)
		if err == nil && state.State == args[0] {
			return nil
		}
		if waitErr := pause(s.ctx, 50*time.Millisecond); waitErr != nil {
			return errors.Join(fmt.Errorf("the lane is %s", state.State), waitErr, err)
		}
	}
}

// sale AMOUNT: a whole sale, undisturbed.
func (s *stage) wholeSale(args []string) error {
	amount, err := minor(args[0])
	if err != nil {
		return err
	}
	return s.saleOf(s.ctx, amount)
}

// post STATUS CODE BODY: sends a body as it is and expects the refusal.
func (s *stage) post(args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	r, err := s.till.request(s.ctx, "POST", "/v1/payments", []byte(args[2]))
	if err != nil {
		return err
	}
	r.Header.Set("Idempotency-Key", newKey())
	status, err := s.till.do(r, nil)
	if status != want || codeOf(err) != args[1] {
		return fmt.Errorf("answered with %d: %v", status, err)
	}
	return nil
}
