package application

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// keyed names what was keyed in: the order that asked for it, and its nonce.
type keyed struct {
	order   pinentry.OrderID
	counter uint64
}

// AuthoriseKey opens a card that was keyed in and builds the host messages under
// three fresh KSNs.
func (a *Application) AuthoriseKey(ctx context.Context, e transaction.AuthoriseKey) transaction.Event {
	return a.request(ctx, e.Order, call.OpAuthoriseKey, call.HostOpenKeyed, func(s *session, m *keystore.Messages) any {
		s.keyed = keyed{pinentry.OrderID(e.Order), e.Counter}
		return call.AuthoriseKey{Terms: e.Terms, Sealed: e.Sealed,
			KSNRequest: m.KSN(0), KSNReversal: m.KSN(1), KSNRepeat: m.KSN(2)}
	})
}

func openKeyed(s *session, mem []byte) (int, call.Code) {
	n, err := s.keys.OpenKeyed(mem, s.keyed.order, s.pinpad, s.keyed.counter)
	if err != nil {
		return 0, call.CodeEnvelope
	}
	return n, 0
}
