package transaction

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// A04: an envelope is taken once, whatever order it comes in again, since its counter
// must rise above the highest that was taken. Without that memory it is taken again.
func TestA04AnEnvelopeThatWasTakenIsNotTakenAgain(t *testing.T) {
	for name, c := range map[string]struct {
		counter byte
		top     uint32
		taken   bool
	}{
		"twin: the next counter":          {6, 5, true},
		"twin: counters may be left out":  {200, 5, true},
		"the same again":                  {5, 5, false},
		"one before it":                   {4, 5, false},
		"hole: nothing is kept, the same": {5, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t, script{pulled: phaseCard})
			l.run()
			l.core.readerTop = c.top
			l.step(Start{Reply: 1, Start: mailbox.Start{ID: payment.ID{1}, Type: payment.TypeSale, Amount: 1, Currency: payment.EUR, TimeoutSeconds: 60}})
			l.events = nil
			counted := l.core.counters.Envelopes
			e := sred.Envelope{Number: sred.NumberOnline}
			e.KSN[11] = c.counter
			l.step(ReaderOnline{Order: l.taking.Order, Envelope: e})
			v := l.core.payments[payment.ID{1}].view
			if refused := v.Failure == payment.FailureEnvelopeRefused; refused == c.taken || v.Sent {
				t.Errorf("failure %v, sent %v", v.Failure, v.Sent)
			}
			if more := l.core.counters.Envelopes - counted; (more == 1) == c.taken || more > 1 {
				t.Errorf("%d refusals were counted", more)
			}
			if c.taken && l.core.readerTop != uint32(c.counter) || !c.taken && l.core.readerTop != c.top {
				t.Errorf("the highest counter is %d", l.core.readerTop)
			}
		})
	}
}
