//go:build linux

package command

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

func TestHowACardWasReadIsSaidInWords(t *testing.T) {
	for _, c := range []struct{ entry, cvm, want string }{
		{"chip", "online_pin", "chip, PIN"},
		{"chip", "offline_pin", "chip, PIN, checked by the card"},
		{"contactless", "no_cvm", "contactless, no PIN"},
		{"contactless", "device", "contactless, verified on the customer's device"},
		{"contactless_stripe", "signature", "contactless (stripe data), signature"},
		{"fallback", "signature", "swiped, since the chip failed, signature"},
		{"keyed", "", "keyed at the PIN pad"},
		{"some_new_way", "some_new_proof", "some new way, some new proof"},
	} {
		if got := how(till.Payment{Card: &till.Card{EntryMode: c.entry}, CVM: c.cvm}); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
	if got := how(till.Payment{}); got != "no card was read" {
		t.Error(got)
	}
}
