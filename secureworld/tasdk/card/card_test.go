package card

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func FuzzCanonicalPaid(f *testing.F) {
	f.Add(Paid{Card: Identifier{1}, Number: 7, Amount: 1234, Currency: payment.EUR, Type: payment.TypeSale}.Append(nil))
	f.Add(make([]byte, Size))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := Parse(b); ok && !bytes.Equal(p.Append(nil), b) {
			t.Fatalf("%x became %x", b, p.Append(nil))
		}
	})
}
