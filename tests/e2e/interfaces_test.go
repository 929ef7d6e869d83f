//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

func TestSaleOverEveryInterfaceEndsAsItsScriptSays(t *testing.T) { scripts(t, "testdata/interfaces") }

// tap CARD [FIELD=VALUE…]: holds a card into the field; "tap.FIELD" is one of its
// contactless side.
func (s *stage) tap(args []string) error {
	profile, err := s.altered(args)
	if err != nil {
		return err
	}
	return s.tray.Tap(profile)
}

// away: takes what is in the field out of it.
func (s *stage) away([]string) error { return s.tray.Away() }

// swipe CARD [FIELD=VALUE…]: draws a card through the head.
func (s *stage) swipe(args []string) error {
	profile, err := s.altered(args)
	if err != nil {
		return err
	}
	return s.tray.places.Swipe(s.ctx, profile)
}

// swipetext TEXT: what the head sends instead.
func (s *stage) swipeText(args []string) error { return s.tray.places.SwipeText(s.ctx, args[0]) }

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
func (s *stage) payKeyed(args []string) error {
	amount, err := minor(args[0])
	if err != nil {
		return err
	}
	s.key = newKey()
	p, err := s.till.payWith(s.ctx, s.key, fmt.Appendf(nil, `{"amount":%d,"currency":"EUR","entry":"keyed"}`, amount))
	if s.refused = err; err != nil {
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
