package application

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func TestAnAdviceHasItsOwnKSNAndItsAnswerIsVerified(t *testing.T) {
	forBoth(t, func(t *testing.T, l *lane) {
		a := transaction.Advising{Terms: terms(), Scripts: []byte{0x20, 1, 2, 3, 4}}
		seen := map[[12]byte]bool{}
		for range 2 { // the second repeats the first
			built := l.app.BuildAdvice(t.Context(), transaction.BuildAdvice{Advising: a}).(transaction.AdviceBuilt)
			if built.Code != 0 || built.RRN != a.Terms.RRN || keystore.Keys(built.Keys) != 1 {
				t.Fatalf("%+v", built)
			}
			m, _, ksn := l.received(built.Frame)
			if m.MTI != "0220" || seen[ksn] {
				t.Errorf("%s, or a KSN twice", m.MTI)
			}
			seen[ksn] = true
			answer := l.answer(built.Frame, hostspec.MTIAdviceAnswer, nil, nil)
			for _, want := range []call.Code{0, call.CodeMAC} {
				got := l.app.CheckAdvice(t.Context(), transaction.CheckAdvice{Terms: a.Terms, Keys: built.Keys, Frame: answer}).(transaction.AdviceChecked)
				if got.Code != want || got.RRN != a.Terms.RRN || got.Settled.Settled != (want == 0) {
					t.Errorf("%+v", got)
				}
				answer[len(answer)-1] ^= 1
			}
		}
	})
}
