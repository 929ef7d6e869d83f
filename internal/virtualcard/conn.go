package virtualcard

import (
	"context"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// A Conn reaches a card in the same process, without PC/SC.
type Conn struct {
	card Player
	dead bool
}

// NewConn resets the card and connects to it.
func NewConn(c Player) *Conn {
	c.Reset()
	return &Conn{card: c}
}

// ATR is the card's.
func (c *Conn) ATR() []byte { return c.card.ATR() }

// Protocol is the card's.
func (c *Conn) Protocol() iso7816.Protocol { return c.card.Protocol() }

// Exchange answers one command. A mute card holds it until ctx ends; after a
// tear it stays dead.
func (c *Conn) Exchange(ctx context.Context, capdu []byte) ([]byte, error) {
	if c.dead || ctx.Err() != nil {
		c.dead = true
		return nil, iso7816.ErrDead
	}
	out, effect := c.card.Do(capdu)
	switch effect {
	case EffectMute:
		<-ctx.Done()
	case EffectAnswer:
		return out, nil
	case EffectLeave:
		c.dead = true
		return out, nil
	}
	c.dead = true
	return nil, iso7816.ErrDead
}

// Close ends the session.
func (c *Conn) Close() error {
	c.dead = true
	return nil
}
