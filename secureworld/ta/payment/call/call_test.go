package call

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

// messages makes an empty one of each, requests first.
func messages() []func() any {
	return []func() any{
		func() any { return new(PreparePIN) }, func() any { return new(Authorise) }, func() any { return new(CheckAnswer) },
		func() any { return new(CheckReversal) }, func() any { return new(Network) }, func() any { return new(CheckNetwork) },
		func() any { return new(PINPrepared) }, func() any { return new(Authorised) }, func() any { return new(Answered) },
		func() any { return new(Settled) }, func() any { return new(Networked) }, func() any { return new(SignedOn) },
		func() any { return new(Follow) }, func() any { return new(Complete) }, func() any { return new(Settle) }, func() any { return new(CheckSettle) },
		func() any { return new(Totalled) }, func() any { return new(Items) }, func() any { return new(CheckItems) }, func() any { return new(Itemised) },
	}
}

func encoded(t testing.TB, m any) []byte {
	t.Helper()
	b, err := frame.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryMessageFitsIntoTheExchangeBuffer(t *testing.T) {
	for _, empty := range messages() {
		m := empty()
		filled := 0
		for i, v := 0, reflect.ValueOf(m).Elem(); i < v.NumField(); i++ {
			if v.Field(i).Kind() == reflect.Slice {
				filled += fill(t, m, v.Field(i))
			}
		}
		if n := len(encoded(t, m)); n > tasdk.BufferSize || n < filled {
			t.Errorf("%T: %d bytes", m, n)
		}
	}
}

// fill makes a field as long as its limit allows.
func fill(t *testing.T, m any, field reflect.Value) (n int) {
	t.Helper()
	for ; n <= tasdk.BufferSize; n++ {
		field.SetBytes(make([]byte, n+1))
		if _, err := frame.Append(nil, m); err != nil {
			break
		}
	}
	if n == 0 || n > MaxNetworkFrame {
		t.Errorf("%T: a field of %d bytes", m, n)
	}
	field.SetBytes(make([]byte, n))
	return n
}

func TestMessagesOfTheWrongLengthAreRefused(t *testing.T) {
	for _, empty := range messages() {
		b := encoded(t, empty())
		if err := frame.Parse(b, empty()); err != nil {
			t.Errorf("%T: its own encoding: %v", empty(), err)
		}
		if frame.Parse(b[:len(b)-1], empty()) == nil || frame.Parse(append(b, 0), empty()) == nil {
			t.Errorf("%T: accepted at another length", empty())
		}
	}
}

func TestEveryCodeHasAName(t *testing.T) {
	seen := map[string]bool{"": true, "unknown": true}
	for c := CodeMalformed; c >= CodeInternal; c-- {
		if seen[c.String()] {
			t.Errorf("code %d is called %q", c, c)
		}
		seen[c.String()] = true
		if c.Error() != "payment application: "+c.String() {
			t.Errorf("%q", c.Error())
		}
	}
	for _, c := range []Code{0, 1, CodeInternal - 1, -1 << 31} {
		if c.String() != "unknown" {
			t.Errorf("code %d is called %q", c, c)
		}
	}
}

// The codes of the calling convention must not be taken for the application's.
func TestNoCodeIsOneOfTheCallingConvention(t *testing.T) {
	for _, c := range []int32{tasdk.CodeRequestSize, tasdk.CodeAnswerSize, tasdk.CodeHostUnknown, tasdk.CodeHostRange, tasdk.CodeHostFailed, tasdk.CodeHostNotReady} {
		if c >= int32(CodeInternal) {
			t.Errorf("%d", c)
		}
	}
}

func FuzzCanonicalMessage(f *testing.F) {
	for i, empty := range messages() {
		f.Add(uint8(i), encoded(f, empty()))
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		m := messages()[int(kind)%len(messages())]()
		if frame.Parse(b, m) == nil && !bytes.Equal(encoded(t, m), b) {
			t.Fatalf("%T: %x became %x", m, b, encoded(t, m))
		}
	})
}
