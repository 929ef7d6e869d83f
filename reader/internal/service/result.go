package service

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

const (
	// resultStays is how long a result can be read at least: people look up.
	resultStays = 3 * time.Second
	// resultWithin is more than the secure world takes from a card's last message
	// to the result.
	resultWithin = time.Second
)

// A result is what a payment came to. It stays on the display until no card is
// there and it could be read.
type result struct {
	text    sred.Text
	until   time.Time        // zero: there was none since the last order
	welcome <-chan time.Time // when the next cardholder is greeted; nil for not yet
}

// conclude shows a text of the secure world.
func (s *session) conclude(t sred.Text) {
	switch t {
	case sred.TextApproved, sred.TextDeclined, sred.TextNotCharged:
	default:
		s.Reader.Display.Show(t)
		return
	}
	card := s.there()
	s.Reader.Display.Result(t, card)
	s.result = result{text: t, until: time.Now().Add(resultStays)}
	if !card {
		s.result.welcome = time.After(resultStays)
	}
}

// there reports whether a card is in the slot or the field.
func (s *session) there() bool {
	status, _ := s.Reader.Slot.Look()
	field, _ := s.Reader.Field.Look()
	return either(status, field).Present
}

// gone: no card is there any more, so none is to be removed.
func (s *session) gone() {
	left := time.Until(s.result.until)
	switch {
	case s.result.until.IsZero():
		s.result.welcome = time.After(resultWithin)
	case left > 0:
		s.Reader.Display.Result(s.result.text, false)
		s.result.welcome = time.After(left)
	default:
		s.greet()
	}
}

func (s *session) greet() {
	s.result.welcome = nil
	s.Reader.Display.Show(sred.TextWelcome)
}
