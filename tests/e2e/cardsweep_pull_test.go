//go:build linux

package e2e

import (
	"fmt"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// side is where in an exchange a card leaves.
type side string

const (
	before side = "before" // the command does not reach it
	after  side = "after"  // it does what the command says, and the answer is lost
	behind side = "behind" // the answer comes back, and then it leaves
)

func sides() []side { return []side{before, after, behind} }

// pull is one place at which a card leaves.
type pull struct {
	who   virtualcard.Personality
	at    int // the command since the reset, from 1; 0: it stays
	side  side
	large bool // an amount above the limit up to which a tap needs no PIN
	again bool // where another card is asked for, it comes once; else the till cancels

	second bool // it leaves by its nature, and is pulled when it comes again
}

func (p pull) String() string {
	asked, amount := "cancel", "small"
	if p.again {
		asked = "again"
	}
	if p.large {
		amount = "large"
	}
	if p.second {
		asked = "at the second time"
	}
	if p.at == 0 {
		return p.who.Name + " untouched"
	}
	return fmt.Sprintf("%s #%d %s, %s, %s", p.who.Name, p.at, p.side, amount, asked)
}

// profile is the card for its first presentation.
func (p pull) profile(c virtualcard.Profile) virtualcard.Profile {
	if p.at > 0 && !p.second {
		c = p.torn(c)
	}
	return c
}

func (p pull) torn(c virtualcard.Profile) virtualcard.Profile {
	c.TearAt, c.TearAfter, c.TearBehind = p.at, p.side == after, p.side == behind
	return c
}

// returning is the card that comes again: it stays, unless it is to be pulled then.
func (p pull) returning(c virtualcard.Profile) virtualcard.Profile {
	c.TearAt, c.TearAtCommand, c.TearAfter = 0, "", false
	if p.second {
		c = p.torn(c)
	}
	return c
}

// report is what each side says of one payment.
type report struct {
	pull
	paid     paid
	host     []string // states of what the host has of it
	card     virtualcard.Story
	first    int      // commands that the first presentation had
	chip     chipLine // of the receipt
	left     bool     // the card left by itself
	asked    []string // stages at which another card was asked for
	canceled bool     // by the till, at the last of them
	rule     string   // that it follows
}

// reached reports whether the card got as far as the place where it was pulled.
func (r report) reached() bool {
	had := r.first
	if r.second {
		had = r.card.Commands - r.first
	}
	if r.side == before {
		had++
	}
	return r.left && had >= r.at
}

// detail is what a line of the log says beside the rule.
func (r report) detail() (out string) {
	if f := r.paid.field("failure"); f != "" {
		out = " (" + f + ")"
	}
	if len(r.asked) > 0 {
		out += ", asked for the card: " + strings.Join(r.asked, ", ")
	}
	if r.at > 0 && !r.reached() {
		out += ", NOT REACHED"
	}
	return out
}

// chipLine is a receipt's.
type chipLine struct {
	Kind       string `json:"kind"`
	Cryptogram string `json:"cryptogram"`
}
