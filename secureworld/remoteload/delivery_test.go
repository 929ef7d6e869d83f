package remoteload

import (
	"bytes"
	"errors"
	"testing"
)

func TestADeliveryHasTwoParts(t *testing.T) {
	list, token := []byte{0x30, 1, 5}, []byte{0x30, 2, 1, 2}
	a, b, err := SplitDelivery(JoinDelivery(list, token))
	if err != nil || !bytes.Equal(a, list) || !bytes.Equal(b, token) {
		t.Fatalf("%x %x %v", a, b, err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "one part": list, "three": JoinDelivery(list, JoinDelivery(token, list)),
		"cut": JoinDelivery(list, token)[:6], "too long": make([]byte, MaxDelivery+1)} {
		if _, _, err := SplitDelivery(b); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCanonicalDelivery(f *testing.F) {
	f.Add(JoinDelivery([]byte{0x30, 0}, []byte{0x30, 0}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, token, err := SplitDelivery(b); err == nil && !bytes.Equal(JoinDelivery(list, token), b) {
			t.Error("it came back otherwise")
		}
	})
}
