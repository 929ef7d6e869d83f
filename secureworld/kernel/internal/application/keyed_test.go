package application

import (
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// keyedIn seals a card as the PIN pad does.
func (l *lane) keyedIn(order sred.OrderID, counter uint64) (out [call.KeyedSealedSize]byte) {
	l.t.Helper()
	plain := make([]byte, pinentry.KeyedSize)
	copy(plain, l.digits)
	copy(plain[pinentry.MaxPAN:], "2812123")
	block, err := aes.NewCipher(l.estate.keys[provisioning.KeyKeyed])
	l.must(err)
	gcm, err := cipher.NewGCM(block)
	l.must(err)
	gcm.Seal(out[:0], pinentry.KeyedNonce(counter), plain, pinentry.PANAAD(pinentry.OrderID(order), pinpad))
	return out
}

func (l *lane) authoriseKey(sealed [call.KeyedSealedSize]byte) transaction.Event {
	return l.app.AuthoriseKey(l.t.Context(), transaction.AuthoriseKey{Order: l.order, Terms: terms(), Counter: 777, Sealed: sealed})
}

func TestACardThatIsKeyedInIsAuthorisedForItsOrderAlone(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		l.order = sred.OrderID(random(16))
		another := l.order
		another[0]++
		for name, sealed := range map[string][call.KeyedSealedSize]byte{
			"another order's": l.keyedIn(another, 777), "another counter's": l.keyedIn(l.order, 778), "nobody's": {},
		} {
			if e, ok := l.authoriseKey(sealed).(transaction.WorkFailed); !ok || e.Code != call.CodeEnvelope {
				t.Errorf("%s: %+v", name, e)
			}
			l.app.End()
		}
		e, ok := l.authoriseKey(l.keyedIn(l.order, 777)).(transaction.Authorised)
		if !ok || e.Order != l.order || e.Entry != payment.EntryModeKeyed || e.CVM != payment.CVMNone || len(e.Keys) == 0 {
			t.Fatalf("%+v", e)
		}
		for _, message := range [][]byte{e.Request, e.Reversal, e.Repeat} {
			l.received(message) // its MAC verifies at the acquirer
		}
	})
}
