package pinentry

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// messages makes an empty message of each kind.
var messages = map[byte]func() any{
	KindHello:       func() any { return new(Hello) },
	KindKeyLoaded:   func() any { return new(KeyLoaded) },
	KindEntered:     func() any { return new(Entered) },
	KindFailed:      func() any { return new(Failed) },
	KindEnciphered:  func() any { return new(Enciphered) },
	KindChosen:      func() any { return new(Chosen) },
	KindKeyed:       func() any { return new(Keyed) },
	KindConfirm:     func() any { return new(Confirm) },
	KindConfirmed:   func() any { return new(Confirmed) },
	KindEncipherPIN: func() any { return new(EncipherPIN) },
	KindChoose:      func() any { return new(Choose) },
	KindKeyCard:     func() any { return new(KeyCard) },
	KindWelcome:     func() any { return new(Welcome) },
	KindLoadKey:     func() any { return new(LoadKey) },
	KindEnterPIN:    func() any { return new(EnterPIN) },
	KindStop:        func() any { return new(Stop) },
	KindShow:        func() any { return new(Show) },
}

func TestEveryMessageFitsIntoAFrameOfThisDoor(t *testing.T) {
	for kind, empty := range messages {
		m := empty()
		fillSlices(t, reflect.ValueOf(m).Elem())
		body, err := frame.Append(nil, m)
		if err != nil || len(body)+orderTag > MaxBody {
			t.Errorf("kind %02x: %d bytes, %v", kind, len(body), err)
		}
	}
}

// orderTag is what orderauth appends to an order.
const orderTag = 16

// fillSlices makes each slice of a message as long as its limit allows.
func fillSlices(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		if v.Field(i).Kind() != reflect.Slice {
			continue
		}
		n := 0
		for ; n < frame.MaxBody; n++ {
			v.Field(i).SetBytes(make([]byte, n+1))
			if _, err := frame.Append(nil, v.Addr().Interface()); err != nil {
				break
			}
		}
		v.Field(i).SetBytes(make([]byte, n))
	}
}

func TestMessagesOfTheWrongLengthAreRefused(t *testing.T) {
	for kind, empty := range messages {
		body, err := frame.Append(nil, empty())
		if err != nil {
			t.Fatal(err)
		}
		if err := frame.Parse(body, empty()); err != nil {
			t.Errorf("kind %02x: its own encoding: %v", kind, err)
		}
		if frame.Parse(body[:len(body)-1], empty()) == nil {
			t.Errorf("kind %02x: accepted without its last byte", kind)
		}
		if frame.Parse(append(body, 0), empty()) == nil {
			t.Errorf("kind %02x: accepted with a byte behind", kind)
		}
	}
}

func FuzzCanonicalMessage(f *testing.F) {
	for kind, empty := range messages {
		body, err := frame.Append(nil, empty())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(kind, body)
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		empty, known := messages[kind]
		if !known {
			return
		}
		m := empty()
		if frame.Parse(body, m) != nil {
			return
		}
		if again, err := frame.Append(nil, m); err != nil || !bytes.Equal(again, body) {
			t.Fatalf("kind %02x: %x became %x, %v", kind, body, again, err)
		}
	})
}
