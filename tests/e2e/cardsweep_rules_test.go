//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// A rule is one way in which a payment may end, on all sides.
type rule struct {
	name              string
	outcome, money    string
	host              string // state of the request; empty: the host has none
	failures          []string
	cards             []string // last cryptogram; see lastWord
	contact, tap      bool
	torn, afterAnswer bool // only where the card left; only where its answer was lost
	canceled          bool // only where the till has canceled
	large             bool // only above the limit up to which a tap needs no PIN
	why               string
}

const (
	nothing  = "nothing"
	lostARQC = "ARQC lost"
	lostAAC  = "AAC lost"
	lostTC   = "TC lost"
	lostCVC3 = "CVC3 lost"
)

// rules are all allowed ends. Whatever is not in it is a failure; above all a TC
// that was seen without captured money, and captured money without the host's
// approval and the card's cryptogram.
func rules() []rule {
	return []rule{
		{name: "approved, TC", outcome: "approved", money: "captured", host: "approved", contact: true, cards: []string{"TC"},
			why: "host and card have both said yes"},
		{name: "approved, tapped", outcome: "approved", money: "captured", host: "approved", tap: true, cards: []string{"ARQC", "CVC3"},
			why: "a tap is over with its cryptogram: the host has checked it, and the card is asked no more"},
		{name: "declined by the host", outcome: "declined", money: "none", host: "declined", contact: true,
			cards: []string{"ARQC", "AAC", lostAAC},
			why:   "the host has booked nothing; a card that left before its last word has not approved"},
		{name: "declined by the host, tapped", outcome: "declined", money: "none", host: "declined", tap: true, cards: []string{"ARQC", "CVC3"},
			why: "as with contacts, without a last word"},
		{name: "declined by the card", outcome: "declined", money: "none", contact: true, tap: true, cards: []string{"AAC"},
			why: "the host was not asked"},
		{name: "declined by the reader", outcome: "declined", money: "none", tap: true, cards: []string{"ARQC"}, large: true,
			why: "the amount wants a verification that the card does not offer; the host was not asked"},
		{name: "refused by the card", outcome: "declined", money: "released", host: "reversed", contact: true, cards: []string{"AAC"},
			why: "what the host has booked is reversed"},
		{name: "reversed", outcome: "not_charged", money: "released", host: "reversed", contact: true, torn: true,
			failures: []string{"card_removed"}, cards: []string{"ARQC"},
			why: "the card left between the host's approval and its own"},
		{name: "reversed, TC lost", outcome: "not_charged", money: "released", host: "reversed", contact: true, torn: true, afterAnswer: true,
			failures: []string{"card_removed"}, cards: []string{lostTC},
			why: "the card has said yes to nobody: without its TC no money is taken, and a TC that is nowhere takes none"},
		{name: "not asked", outcome: "failed", money: "none", contact: true, tap: true,
			failures: []string{"card_removed", "card_error", "card_not_accepted"}, cards: []string{nothing, "ARQC", lostARQC, "AAC", lostAAC},
			why: "an ARQC is a question, and nobody was asked it; an AAC is no"},
		{name: "canceled", outcome: "canceled", money: "none", contact: true, tap: true, canceled: true,
			failures: []string{"canceled_by_merchant"}, cards: []string{nothing, "ARQC", lostARQC, lostAAC, lostCVC3},
			why: "the cashier gave up when the card was asked for again; the host was not asked"},
	}
}

// lastWord is the last cryptogram that the card made.
func lastWord(s virtualcard.Story) string {
	if len(s.Cryptograms) == 0 {
		return nothing
	}
	c := s.Cryptograms[len(s.Cryptograms)-1]
	if c.Lost {
		return c.Kind + " lost"
	}
	return c.Kind
}

// check finds the rule that a report follows.
func (r report) check() (string, error) {
	if err := r.consistent(); err != nil {
		return "", fmt.Errorf("%w: %s", err, r.summary())
	}
	for _, u := range rules() {
		if r.follows(u) {
			return u.name, nil
		}
	}
	return "", fmt.Errorf("no rule allows this: %s", r.summary())
}

func (r report) follows(u rule) bool {
	tapped := r.tapped()
	failure := r.paid.field("failure")
	return r.paid.field("outcome") == u.outcome && r.paid.Money == u.money && strings.Join(r.host, " ") == u.host &&
		slices.Contains(u.cards, lastWord(r.card)) && (u.contact && !tapped || u.tap && tapped) &&
		(failure == "" && len(u.failures) == 0 || slices.Contains(u.failures, failure)) &&
		(!u.torn || r.left) && (!u.afterAnswer || r.lateTear()) && u.canceled == r.canceled && (!u.large || r.large)
}

// tapped: the last presentation was in the field.
func (r report) tapped() bool {
	return r.who.Interface == virtualcard.Contactless && !slices.Contains(r.asked, "insert_or_swipe")
}

// lateTear: the card leaves with a command done and no answer out, by this pull or by
// its nature; where it speaks byte by byte, also before the answer is fetched.
func (r report) lateTear() bool {
	return r.side == after || r.who.Profile.TearAfter || r.who.Profile.T0
}

// consistent checks what holds whatever the end.
func (r report) consistent() error {
	certificates := 0
	for i, c := range r.card.Cryptograms {
		if c.Amount != 0 && c.Amount != uint64(r.paid.Amount) { //nolint:gosec // positive
			return errors.New("the card was told another amount")
		}
		if c.Kind != "TC" {
			continue
		}
		if certificates++; i != len(r.card.Cryptograms)-1 {
			return errors.New("the card approved, and went on")
		}
	}
	switch {
	case certificates > 1:
		return errors.New("the card approved twice")
	case len(r.host) > 1:
		return errors.New("the host was asked more than once")
	case r.paid.field("outcome") == "approved":
		return r.sameCryptogram()
	}
	return nil
}

// sameCryptogram: the receipt has the very cryptogram that the card made last.
func (r report) sameCryptogram() error {
	if len(r.card.Cryptograms) == 0 {
		return errors.New("approved without a cryptogram")
	}
	last := r.card.Cryptograms[len(r.card.Cryptograms)-1]
	if last.Kind == "CVC3" {
		return nil // stands on no receipt
	}
	if last.Lost || last.Kind != r.chip.Kind || !strings.EqualFold(fmt.Sprintf("%x", []byte(last.Value)), r.chip.Cryptogram) {
		return errors.New("the receipt has another cryptogram than the card made")
	}
	return nil
}

func (r report) summary() string {
	return fmt.Sprintf("%s; %s; host %v; card %+v; receipt %+v; left %t, asked %v, canceled %t",
		r.pull, r.paid.summary(), r.host, r.card, r.chip, r.left, r.asked, r.canceled)
}
