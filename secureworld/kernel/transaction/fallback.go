package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// A fallback is one stripe of a chip card that was taken.
type fallback struct {
	at    time.Time
	token payment.Token
}

// mayFallBack counts stripes of chip cards, of all cards and of one card within an
// hour: copied stripes come in numbers. A restart forgets them.
func (c *Core) mayFallBack(t payment.Token) bool {
	kept, mine := c.fallbacks[:0], 0
	for _, f := range c.fallbacks {
		if c.now.Sub(f.at) < time.Hour {
			kept = append(kept, f)
			if f.token == t {
				mine++
			}
		}
	}
	c.fallbacks = kept
	if len(kept) >= c.cfg.FallbackPerHour || mine >= c.cfg.FallbackPerCard {
		return false
	}
	c.fallbacks = append(c.fallbacks, fallback{c.now, t})
	return true
}
