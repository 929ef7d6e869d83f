package elementapplet

import (
	"errors"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/apdu"
)

// Card is a virtual card with the applet. Its keys stay when it is pulled, as long
// as the process lives. It serves one goroutine.
type Card struct {
	kbpk   key
	keys   map[name]*key
	pace   Pace
	applet *apdu.Applet
}

var _ virtualcard.Player = (*Card)(nil)

// New makes a card with its key block protection key, 32 bytes, and the keys of
// file that it has a use for; the file may be empty, and more may be loaded.
func New(kbpk []byte, file element.KeyFile, pace Pace) (*Card, error) {
	c := &Card{keys: make(map[name]*key), pace: pace}
	if copy(c.kbpk[:], kbpk) != keySize || len(kbpk) != keySize {
		return nil, errors.New("elementapplet: the protection key has 32 bytes")
	}
	for _, e := range file.Keys {
		if _, mine := expectations()[e.Slot]; !mine {
			continue
		}
		if err := c.load(e); err != nil {
			c.Wipe()
			return nil, err
		}
	}
	c.applet = apdu.NewApplet(verbs{card: c}, Verbs, c.load)
	return c, nil
}

// Wipe erases the card's keys.
func (c *Card) Wipe() {
	clear(c.kbpk[:])
	for _, k := range c.keys {
		clear(k[:])
	}
	clear(c.keys)
}

// ATR offers T=1 and says nothing else.
func (c *Card) ATR() []byte { return []byte{0x3B, 0x80, 0x01, 0x81} }

// Protocol is what the ATR offers.
func (c *Card) Protocol() iso7816.Protocol { return iso7816.T1 }

// Reset begins a new session.
func (c *Card) Reset() { c.applet.Reset() }

// Process answers one command.
func (c *Card) Process(capdu []byte) []byte { return c.applet.Process(capdu) }

// Do is Process: this card has no faults.
func (c *Card) Do(capdu []byte) ([]byte, virtualcard.Effect) {
	return c.Process(capdu), virtualcard.EffectAnswer
}
