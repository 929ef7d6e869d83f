package virtualcard

import (
	"errors"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// An Interface is how a card is reached.
type Interface string

// The interfaces. Stripe is named by personalities alone: a stripe answers no
// command, its text is Profile.Stripe.
const (
	Contact     Interface = "contact"
	Contactless Interface = "contactless"
	Stripe      Interface = "stripe"
)

// ErrInterface reports a card that does not have this interface.
var ErrInterface = errors.New("virtualcard: the card has no such interface")

// A Player answers commands: a Card or a Replay. It serves one goroutine.
type Player interface {
	// ATR is the answer to reset.
	ATR() []byte
	// Protocol is what the ATR offers.
	Protocol() iso7816.Protocol
	// Reset begins a new session. What a card keeps without power stays.
	Reset()
	// Process answers one command honestly, status word included.
	Process(capdu []byte) []byte
	// Do answers one command as the faults want it.
	Do(capdu []byte) ([]byte, Effect)
}

// Play is the player that a profile asks for: a Replay of its transcript,
// whatever the interface, or a Card. m outlives it; nil is a card never used.
func Play(p Profile, face Interface, m *Memory) (Player, error) {
	if p.Transcript != "" {
		r, err := ParseReplay([]byte(p.Transcript))
		if err != nil {
			return nil, err
		}
		return r, nil
	}
	c, err := newCard(p, face, m)
	if err != nil {
		return nil, err
	}
	return c, nil
}

var (
	_ Player = (*Card)(nil)
	_ Player = (*Replay)(nil)
)
