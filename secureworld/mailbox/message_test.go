package mailbox

import (
	"bytes"
	"reflect"
	"strconv"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Nothing of this door but an Opaque varies in length, so the zero value shows the
// size of what has none.
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

// filled gives every Opaque of a message its largest length.
func filled(t *testing.T, m any) any {
	t.Helper()
	v := reflect.New(reflect.TypeOf(m)).Elem()
	for f, at := range v.Fields() {
		if f.Type != reflect.TypeFor[Opaque]() {
			continue
		}
		n, err := strconv.Atoi(f.Tag.Get("max"))
		if err != nil || n < 1 {
			t.Fatalf("%T.%s has no limit", m, f.Name)
		}
		at.SetBytes(make([]byte, n))
	}
	return v.Interface()
}

func TestEveryServiceMessageFitsTheDoorWhenItIsFullAndNotAByteMore(t *testing.T) {
	limits := map[string]int{"Label": MaxName, "Name": MaxName, "Message": MaxMessage, "Value": MaxMessage, "Plaintext": MaxMessage,
		"Extra": MaxExtra, "Sealed": MaxSealed, "Signature": MaxSignature, "DER": MaxCertificate, "Tag": 64,
		"Application": MaxName, "Request": MaxMessage, "Answer": MaxMessage}
	for _, m := range append(serviceMessages(), applicationMessages()...) {
		full := filled(t, m)
		body, err := frame.Append(nil, full)
		if err != nil || len(body) > MaxBody {
			t.Errorf("%T: %d bytes, %v", m, len(body), err)
		}
		v := reflect.New(reflect.TypeOf(m)).Elem()
		v.Set(reflect.ValueOf(full))
		for f, at := range v.Fields() {
			if f.Type != reflect.TypeFor[Opaque]() {
				continue
			}
			if want := limits[f.Name]; at.Len() != want && f.Name != "Plaintext" {
				t.Errorf("%T.%s: %d bytes, the limit says %d", m, f.Name, at.Len(), want)
			}
			at.SetBytes(make([]byte, at.Len()+1))
			if _, err := frame.Append(nil, v.Interface()); err == nil {
				t.Errorf("%T.%s: a byte more is accepted", m, f.Name)
			}
			at.SetBytes(nil)
		}
	}
}
