package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// askCard orders the PIN pad to take a card that is not there.
func (c *Core) askCard(p *entry) {
	p.phase = phaseKeying
	p.view.Stage = payment.StageKeyCard
	c.do(KeyCard{pinentry.KeyCard{
		Order: pinentry.OrderID(p.order), Amount: uint64(p.start.Amount),
		Currency: uint16(p.start.Currency), Exponent: p.start.Currency.Exponent(),
		TimeoutSeconds: uint16(c.cardWait(p) / time.Second), Counter: uint64(p.terms.RRN),
	}})
	c.setTimer(TimerPIN, c.cardWait(p)+Slack)
}

func (c *Core) onCardKeyed(e CardKeyed) {
	p := c.of(sred.OrderID(e.Order))
	if p == nil || p.phase != phaseKeying {
		c.counters.Unpermitted++
		return
	}
	c.stopTimer(TimerPIN)
	c.authorising(p)
	c.do(AuthoriseKey{Order: p.order, Terms: p.terms, Counter: uint64(p.terms.RRN), Sealed: e.Sealed})
	c.notify(p)
}
