package applets

import (
	"bytes"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
	"github.com/strongroom-pos/strongroom/secureworld/element/applets/reference/customer"
)

func TestTheExampleAnswersAlikeInEveryElement(t *testing.T) {
	module, err := reference()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	pkg := w.pack(applet.Manifest{Name: "reference", Functions: applet.HMAC}, module)
	began := time.Now()
	id := w.load(pkg)
	t.Log("admitted after", time.Since(began), len(pkg))
	input, ok := customer.Append(nil, "MERCHANT0000001", [16]byte{1})
	if !ok {
		t.Fatal("no request")
	}
	ask := func(p *Platform, input []byte, chance element.Chance) element.AppletAnswer {
		a, err := p.RunApplet(element.RunApplet{Package: id, Operation: customer.OpReference, Input: input}, &chance)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	began = time.Now()
	first := ask(w.Platform, input, element.Chance{1})
	t.Log("answered after", time.Since(began))
	if len(first.Output) != customer.Size || first.Refused != 0 {
		t.Fatalf("%+v", first)
	}
	other := w.platform(bytes.Repeat([]byte{7}, keySize))
	bring(t, other, pkg)
	if err := admit(other, id); err != nil {
		t.Fatal(err)
	}
	if again := ask(other, input, element.Chance{2}); !bytes.Equal(again.Output, first.Output) {
		t.Error("another element answers otherwise")
	}
	elsewhere, _ := customer.Append(nil, "MERCHANT0000002", [16]byte{1})
	if ask(w.Platform, elsewhere, element.Chance{1}).Output[0] == first.Output[0] && bytes.Equal(ask(w.Platform, elsewhere, element.Chance{1}).Output, first.Output) {
		t.Error("two merchants have the same customer")
	}
	if a := ask(w.Platform, input[1:], element.Chance{}); a.Refused != uint16(-customer.CodeMalformed) {
		t.Errorf("%+v", a)
	}
}
