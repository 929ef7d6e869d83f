package account

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// FuzzCanonicalAccount: what parses is written for the acquirer in one form,
// which parses to the same account again. Objects that are not for the acquirer
// are left out, so the input itself may be longer.
func FuzzCanonicalAccount(f *testing.F) {
	pan := canary(f, "476173", 16)
	f.Add(objects(track2(pan), field(pan), expiry, tlv.Element{Tag: 0x5F34, Value: []byte{1}}))
	f.Add(objects(field(pan), expiry))
	f.Add([]byte{0x57, 0x13})
	f.Fuzz(func(t *testing.T, b []byte) {
		var a, again Account
		if a.Parse(b) != nil {
			if a != (Account{}) {
				t.Fatal("refused, and something was kept")
			}
			return
		}
		out := a.AppendTLV(nil)
		if len(out) > MaxTLV || len(out) > len(b) {
			t.Fatalf("%d bytes", len(out))
		}
		if again.Parse(out) != nil || again != a || !bytes.Equal(again.AppendTLV(nil), out) {
			t.Fatal("written again, it is another account")
		}
		if a.PAN.Zero() || !a.PAN.Masked().Valid() || !a.PAN.Within(b) {
			t.Fatal("a PAN that was not in the input")
		}
	})
}
