package customer

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
)

func mac(label string, data []byte) (tag [32]byte, err error) {
	h := hmac.New(sha256.New, []byte(label))
	h.Write(data)
	copy(tag[:], h.Sum(nil))
	return tag, nil
}

// of is the reference of a card at a merchant.
func of(t *testing.T, merchant string, card byte) string {
	t.Helper()
	request, ok := Append(nil, merchant, [CardSize]byte{card})
	out := make([]byte, 64)
	n, code := New(mac).Handle(OpReference, request, out)
	if !ok || n != Size || code != 0 {
		t.Fatalf("%q: %d bytes, code %d", merchant, n, code)
	}
	return string(out[:n])
}

func TestACardIsOneCustomerToAMerchantAndAnotherToTheNext(t *testing.T) {
	a := of(t, "MERCHANT0000001", 1)
	if of(t, "MERCHANT0000001", 1) != a {
		t.Error("the same card is another customer")
	}
	if of(t, "MERCHANT0000002", 1) == a || of(t, "MERCHANT0000001", 2) == a {
		t.Error("two customers are one")
	}
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	good, _ := Append(nil, "M", [CardSize]byte{})
	for name, c := range map[string]struct {
		op      uint32
		request []byte
		code    int32
	}{
		"another operation":    {2, good, CodeOperation},
		"nothing":              {OpReference, nil, CodeMalformed},
		"no merchant":          {OpReference, make([]byte, 17), CodeMalformed},
		"half a card":          {OpReference, good[:len(good)-1], CodeMalformed},
		"a card and some more": {OpReference, append(good[:len(good):len(good)], 0), CodeMalformed},
		"a long merchant":      {OpReference, append([]byte{33}, make([]byte, 49)...), CodeMalformed},
	} {
		if n, code := New(mac).Handle(c.op, c.request, make([]byte, 64)); n != 0 || code != c.code {
			t.Errorf("%s: %d, code %d", name, n, code)
		}
	}
	failing := New(func(string, []byte) ([32]byte, error) { return [32]byte{}, errors.New("no") })
	if _, code := failing.Handle(OpReference, good, make([]byte, 64)); code != CodeFailed {
		t.Errorf("code %d", code)
	}
	if _, ok := Append(nil, strings.Repeat("M", 33), [CardSize]byte{}); ok {
		t.Error("a merchant of 33 bytes")
	}
}
