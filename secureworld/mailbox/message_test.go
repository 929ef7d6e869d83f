package mailbox

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Nothing of this door varies in length, so the zero value shows the size.
func TestEveryMessageFitsTheDoor(t *testing.T) {
	for _, m := range Messages() {
		body, err := frame.Append(nil, m)
		if err != nil || len(body) > MaxBody {
			t.Errorf("%T: %d bytes, %v", m, len(body), err)
		}
		if err := frame.Parse(append(body, 0), reflect.New(reflect.TypeOf(m)).Interface()); err == nil {
			t.Errorf("%T: a byte behind it is accepted", m)
		}
	}
}

func TestEveryCodeHasAName(t *testing.T) {
	seen := map[string]bool{"unknown": true}
	for c := range codeEnd {
		if !c.Valid() || seen[c.String()] {
			t.Errorf("code %d is called %q", c, c)
		}
		seen[c.String()] = true
	}
	if codeEnd.Valid() || codeEnd.String() != "unknown" || Code(255).Valid() {
		t.Error("a code that is none is valid")
	}
}

// Answers have their question's number with the high bit set; the client and the
// secure world rely on it.
func TestAnswersAreNumberedLikeTheirQuestions(t *testing.T) {
	for question, answer := range map[byte]byte{KindDescribe: KindDescription, KindStart: KindStarted, KindCancel: KindCanceling,
		KindStatus: KindView, KindEvents: KindEvent, KindPing: KindPong} {
		if answer != question|0x80 {
			t.Errorf("%02x is answered by %02x", question, answer)
		}
	}
}

func FuzzCanonicalMessage(f *testing.F) {
	for i, m := range Messages() {
		body, err := frame.Append(nil, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), body)
	}
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		all := Messages()
		m := reflect.New(reflect.TypeOf(all[int(kind)%len(all)])).Interface()
		if frame.Parse(body, m) != nil {
			return
		}
		if again, err := frame.Append(nil, m); err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%T: %x became %x, %v", m, body, again, err)
		}
	})
}
