package element_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// recorder keeps what it was asked, and answers from it.
type recorder struct {
	double
	asked any
}

func (r *recorder) OpenAccount(q element.OpenAccount) (element.Account, error) {
	r.asked = q
	return element.Account{Data: q.Sealed}, nil
}

func (r *recorder) MACVerify(q element.MACVerify) (v element.Verified, err error) {
	r.asked = q
	return v, nil
}

func (r *recorder) MACGenerate(q element.MACGenerate) (m element.MAC, err error) {
	r.asked = q
	return element.MAC{MAC: [8]byte(q.KSN[:])}, nil
}

func (r *recorder) TranslatePIN(q element.TranslatePIN, c *element.Chance) (element.Translated, error) {
	r.asked = q
	return element.Translated{Block: element.PINBlock(c[:16])}, nil
}

// quick is every verb that is coded by hand, with its empty request and the answer's.
func quick() map[element.Kind][2]any {
	return map[element.Kind][2]any{
		element.KindOpenAccount:  {&element.OpenAccount{}, &element.Account{}},
		element.KindMACVerify:    {&element.MACVerify{}, &element.Verified{}},
		element.KindMACGenerate:  {&element.MACGenerate{}, &element.MAC{}},
		element.KindTranslatePIN: {&element.TranslatePIN{}, &element.Translated{}},
	}
}

// agreeOn holds the code by hand to package frame for one body: what is asked, what is
// refused, and what both directions encode.
func agreeOn(t *testing.T, kind element.Kind, body []byte) {
	t.Helper()
	pair := quick()[kind]
	ops, chance := &recorder{}, &element.Chance{1, 2, 3, 15: 4}
	out := element.Handle(nil, ops, kind, bytes.Clone(body), chance)
	err := frame.Parse(body, pair[0])
	if refused := out[0] == element.KindRefusal; refused != (err != nil) {
		t.Fatalf("kind %02x: refused %t, but %v", kind, refused, err)
	}
	if err != nil {
		return
	}
	request := reflect.ValueOf(pair[0]).Elem().Interface()
	if !reflect.DeepEqual(ops.asked, request) {
		t.Errorf("kind %02x: another request", kind)
	}
	if again, err := element.AppendRequest(nil, request); err != nil || !bytes.Equal(again, body) {
		t.Errorf("kind %02x: another encoding of the request", kind)
	}
	agreeOnAnswer(t, kind, pair[1], out[1:])
}

func agreeOnAnswer(t *testing.T, kind element.Kind, empty any, body []byte) {
	t.Helper()
	want, got := reflect.New(reflect.TypeOf(empty).Elem()).Interface(), reflect.New(reflect.TypeOf(empty).Elem()).Interface()
	errFrame, errHand := frame.Parse(body, want), element.ParseAnswer(body, got)
	if (errFrame == nil) != (errHand == nil) {
		t.Fatalf("kind %02x: %v, but %v", kind, errHand, errFrame)
	}
	if errFrame == nil && !reflect.DeepEqual(want, got) {
		t.Errorf("kind %02x: another answer", kind)
	}
}

func TestWhatIsCodedByHandIsWhatFramesSay(t *testing.T) {
	for kind := range quick() {
		for n := 0; n < 300; n += 1 + n/20 { // bodies of many lengths, whose length fields say all sorts
			body := bytes.Repeat([]byte{kind}, n)
			agreeOn(t, kind, body)
			for _, at := range []int{12, 28} {
				for slice := range 4200 {
					if len(body) < at+2 || slice > len(body)+2 && slice%97 != 0 {
						continue
					}
					body[at], body[at+1] = byte(slice>>8), byte(slice)
					agreeOn(t, kind, body)
				}
			}
		}
	}
}

func TestTheLongestFieldsCrossAndLongerOnesDoNot(t *testing.T) {
	for n := range 2 {
		for _, request := range []any{
			element.OpenAccount{Sealed: make([]byte, element.MaxSealed+n)},
			element.MACVerify{Data: make([]byte, element.MaxData+n)},
			element.MACGenerate{Data: make([]byte, element.MaxData+n)},
			element.TranslatePIN{PAN: make([]byte, 19+n)},
		} {
			want, err := frame.Append(nil, request)
			got, errHand := element.AppendRequest(nil, request)
			if !errors.Is(errHand, err) || err == nil && !bytes.Equal(got, want) {
				t.Errorf("%T, %d over: %v, but %v", request, n, errHand, err)
			}
		}
	}
}

func TestAnAnswerOverItsLimitIsAnInternalFault(t *testing.T) {
	ops := &overlong{}
	body, _ := element.AppendRequest(nil, element.OpenAccount{})
	out := element.Handle(nil, ops, element.KindOpenAccount, body, &element.Chance{})
	if !bytes.Equal(out, []byte{element.KindRefusal, byte(element.CodeInternal)}) {
		t.Errorf("answered %x", out)
	}
}

type overlong struct{ double }

func (*overlong) OpenAccount(element.OpenAccount) (element.Account, error) {
	return element.Account{Data: make([]byte, element.MaxSealed+1)}, nil
}

func TestTranslationsPassTheDoorWithoutAllocating(t *testing.T) {
	body, _ := element.AppendRequest(nil, element.TranslatePIN{PAN: []byte("4111111111111111")})
	var ops element.Operations = &double{}
	out, chance := make([]byte, 0, 64), new(element.Chance)
	if n := testing.AllocsPerRun(100, func() { element.Handle(out, ops, element.KindTranslatePIN, body, chance) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	ops = &double{err: element.CodePIN}
	if n := testing.AllocsPerRun(100, func() { element.Handle(out, ops, element.KindTranslatePIN, body, chance) }); n != 0 {
		t.Errorf("%v allocations of a refusal", n)
	}
}

// FuzzCanonicalQuick holds the code by hand to package frame.
func FuzzCanonicalQuick(f *testing.F) {
	for kind := range quick() {
		f.Add(kind, make([]byte, 30))
		f.Add(kind, make([]byte, 22))
		f.Add(kind, make([]byte, 14))
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		kind = element.KindOpenAccount + kind%4
		agreeOn(t, kind, body)
		agreeOnAnswer(t, kind, quick()[kind][1], body)
	})
}

func BenchmarkHandleTranslatePIN(b *testing.B) {
	body, _ := element.AppendRequest(nil, element.TranslatePIN{PAN: []byte("4111111111111111")})
	var ops element.Operations = &double{}
	out, chance := make([]byte, 0, 64), new(element.Chance)
	b.ReportAllocs()
	for b.Loop() {
		element.Handle(out, ops, element.KindTranslatePIN, body, chance)
	}
}
