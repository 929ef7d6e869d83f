package app

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/token"
)

// identify tells the kernel what the card is called for each application that is
// told of payments. No payment fails for it.
func (a *App) identify(key []byte, merchant payment.MerchantID, pan *account.PAN) {
	var names [call.MaxCardNames * call.CardNameSize]byte
	n, err := a.kernel.host.Do(call.HostCardNames, names[:0])
	if err != nil || n <= 0 || n > len(names) || n%call.CardNameSize != 0 {
		return
	}
	var all [call.MaxCardNames * call.CardIdentifierSize]byte
	out := all[:0]
	pan.Use(func(digits []byte) {
		for at := 0; at < n && err == nil; at += call.CardNameSize {
			var id [call.CardIdentifierSize]byte
			id, err = token.Identifier(key, bytes.TrimRight(names[at:at+call.CardNameSize], "\x00"), merchant, digits)
			out = append(out, id[:]...)
		}
	})
	if err == nil {
		_, _ = a.kernel.host.Do(call.HostCardNamed, out)
	}
}
