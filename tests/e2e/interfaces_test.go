//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
)

func TestSaleOverEveryInterfaceEndsAsItsScriptSays(t *testing.T) { scripts(t, "testdata/interfaces") }

// tap CARD [FIELD=VALUE…]: holds a card into the field; "tap.FIELD" is one of its
// contactless side.
func (s *stage) tap(args []string) error {
	profile, err := s.altered(args)
	if err != nil {
		return err
	}
	return errors.Join(s.invited(nil), s.tray.Tap(profile))
}

// invited: waits until the reader has asked for a card, once for each attempt. What
// is held there before is a card that somebody forgot.
func (s *stage) invited([]string) error {
	asks := fmt.Sprintf("display: %d.%02d EUR · ", s.current.Amount/100, s.current.Amount%100)
	for {
		p, err := s.till.payment(s.ctx, s.current.ID)
		if err != nil {
			return err
		}
		shown, err := os.ReadFile(filepath.Join(s.estate.Home, "logs", estate.Reader+".log"))
		if err != nil {
			return err
		}
		times := 0
		for line := range strings.Lines(string(shown)) {
			if strings.HasPrefix(line, asks) && strings.HasSuffix(line, "SWIPE CARD\n") {
				times++
			}
		}
		if times >= p.Attempt {
			return nil
		}
		if err := pause(s.ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("the reader does not ask for a card: %w", err)
		}
	}
}

// away: takes what is in the field out of it, and waits until that can be seen.
func (s *stage) away([]string) error { return errors.Join(s.tray.Away(), s.gap(nil)) }

// slotGap is how long a slot must be empty to be seen so: PC/SC looks every 400 ms,
// and late on a busy machine.
const slotGap = 1500 * time.Millisecond

// gap: leaves slot and field as they are until everybody has looked.
func (s *stage) gap([]string) error { return pause(s.ctx, slotGap) }

// swipe CARD [FIELD=VALUE…]: draws a card through the head.
func (s *stage) swipe(args []string) error {
	profile, err := s.altered(args)
	if err != nil {
		return err
	}
	return errors.Join(s.invited(nil), s.tray.places.Swipe(s.ctx, profile))
}

// swipetext TEXT: what the head sends instead.
func (s *stage) swipeText(args []string) error {
	return errors.Join(s.invited(nil), s.tray.places.SwipeText(s.ctx, args[0]))
}

// choose N: waits until an application is to be chosen; 0 is none.
func (s *stage) choose(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	_, err = s.pad.Choose(s.ctx, n)
	return err
}

// paykeyed AMOUNT: asks for a payment whose card is keyed in at the PIN pad.
// Refusal is no failure of the command; "refused" asks for it.
func (s *stage) payKeyed(args []string) error { return s.payBy(args[0], `"entry":"keyed"`) }

// payfor SECONDS AMOUNT: a payment that waits for a card for so long.
func (s *stage) payFor(args []string) error { return s.payBy(args[1], `"timeout_s":`+args[0]) }

func (s *stage) payBy(euro, field string) error {
	amount, err := minor(euro)
	if err != nil {
		return err
	}
	s.key = newKey()
	p, err := s.till.payWith(s.ctx, s.key, fmt.Appendf(nil, `{"amount":%d,"currency":"EUR",%s}`, amount, field))
	if s.refused = err; codeOf(err) != "" {
		return nil
	}
	if err != nil {
		return err
	}
	s.current = p
	s.begun = append(s.begun, p.ID)
	return nil
}

// keyin CARD [CODE]: keys a card's number, its expiry date and its verification
// code, or another one.
func (s *stage) keyIn(args []string) error {
	card, err := s.cardOf(args[0])
	if err != nil {
		return err
	}
	code := card.Code
	if len(args) > 1 {
		code = args[1]
	}
	if code == "" {
		return errors.New("this card has no verification code")
	}
	expiry := card.Profile.Expiry
	return s.pad.KeyIn(s.ctx, strings.TrimSpace(card.Profile.PAN), expiry[2:]+expiry[:2], code)
}

// keywrong CARD: keys the card's number with a wrong check digit.
func (s *stage) keyWrong(args []string) error {
	card, err := s.cardOf(args[0])
	if err != nil {
		return err
	}
	if _, err := s.pad.Await(s.ctx, "card"); err != nil {
		return err
	}
	number := []byte(card.Profile.PAN)
	last := &number[len(number)-1]
	*last = '0' + (*last-'0'+1)%10
	return errors.Join(s.pad.Type(s.ctx, string(number)), s.pad.Press(s.ctx, "ok"))
}

// keyat STATE KEY [TEXT…]: waits until the PIN pad is in a state, and shows these
// words, and presses one key; "nothing" is none.
func (s *stage) keyAt(args []string) error {
	shown := func(screen cardholder.Screen) bool {
		seen := fmt.Sprint(screen.Title, " ", screen.Amount, " ", screen.Note, " ", screen.Lines)
		return screen.State == args[0] && !slices.ContainsFunc(args[2:], func(w string) bool { return !strings.Contains(seen, w) })
	}
	screen, err := s.pad.Screen(s.ctx)
	for err == nil && !shown(screen) {
		screen, err = s.pad.Change(s.ctx, screen.Seq)
	}
	if err != nil || args[1] == "nothing" {
		return err
	}
	return s.pad.Press(s.ctx, args[1])
}

// orders CARD COMMAND [TEMPLATE [TAG DATA]]: the issuer has a script wait for the card.
func (s *stage) orders(args []string) error {
	card, err := s.cardOf(args[0])
	if err != nil {
		return err
	}
	script := provisioning.Script{Command: provisioning.ScriptCommand(args[1])}
	for i, field := range []*string{&script.Template, &script.Tag, &script.Data} {
		if len(args) > i+2 {
			*field = args[i+2]
		}
	}
	card.Issued.Script = &script
	return s.books.AddCards(s.ctx, provisioning.Cards{Cards: []provisioning.Card{card.Issued}})
}

// booked FIELD VALUE: the host's newest request of the payment's amount has it:
// entry (DE 22), fallback, response or reason; "nothing" is empty.
func (s *stage) booked(args []string) error {
	list, err := s.books.requests(s.ctx, s.current.Amount)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("the host has nothing")
	}
	got := map[string]string{"entry": list[0].EntryMode, "fallback": strconv.FormatBool(list[0].Fallback),
		"response": list[0].Response, "reason": list[0].Reason}
	return says(got[args[0]], args[1])
}

// receipt FIELD VALUE: the merchant's copy says so.
func (s *stage) receiptSays(args []string) error {
	r, err := s.till.receipt(s.ctx, s.current.ID)
	if err != nil {
		return err
	}
	return says(r.field(args[0]), args[1])
}

func says(got, want string) error {
	if got != want && (got != "" || want != "nothing") {
		return fmt.Errorf("it is %q", got)
	}
	return nil
}
