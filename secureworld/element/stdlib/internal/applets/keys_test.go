package applets

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet/call"
)

// everything is what an applet may ask at most.
const everything = applet.HMAC | applet.CMAC | applet.Seal | applet.Chance

// asking loads a probe that asks the element whatever it is told.
func (w *world) asking(developer, name string, version uint64) element.PackageID {
	w.Helper()
	return w.load(w.pack(applet.Manifest{Developer: developer, Name: name, Version: version, Functions: everything}, probe{body: asking()}.wasm()))
}

// host asks function fn through an applet.
func (w *world) host(id element.PackageID, fn uint32, request []byte) []byte {
	w.Helper()
	a, code := w.asks(id, fn, string(request))
	if code != 0 {
		w.Fatalf("function %d: %v", fn, code)
	}
	return a.Output
}

func labelled(label, data string) []byte {
	b, _ := call.Append(nil, []byte(label), []byte(data))
	return b
}

func sealing(label, associated, text string) []byte {
	b, _ := call.AppendSeal(nil, []byte(label), []byte(associated), []byte(text))
	return b
}

func TestNoAppletGetsWhatAnotherGets(t *testing.T) {
	w := newWorld(t)
	mine := w.asking("acme", "one", 1)
	for name, other := range map[string]element.PackageID{
		"another name":      w.asking("acme", "two", 1),
		"another developer": w.asking("umbrella", "one", 1),
	} {
		for fn, request := range map[uint32][]byte{
			call.FnHMAC: labelled("l", "data"), call.FnCMAC: labelled("l", "data"), call.FnSeal: sealing("l", "a", "data"),
		} {
			want := w.host(mine, fn, request)
			if !bytes.Equal(w.host(mine, fn, request), want) {
				t.Errorf("function %d: the same applet gets something else", fn)
			}
			if bytes.Equal(w.host(other, fn, request), want) {
				t.Errorf("function %d: %s gets the same", fn, name)
			}
		}
		sealed := string(w.host(mine, call.FnSeal, sealing("l", "a", "secret")))
		if got := w.host(mine, call.FnOpen, sealing("l", "a", sealed)); string(got) != "secret" {
			t.Errorf("it does not open its own: %q", got)
		}
		if a, code := w.asks(other, call.FnOpen, string(sealing("l", "a", sealed))); code != element.CodeApplet {
			t.Errorf("%s opens it: %q, %v", name, a.Output, code)
		}
		w.UnloadApplet(element.UnloadApplet{Package: other}) //nolint:errcheck // has none
	}
}

func TestNamesThatRunTogetherAreOtherNames(t *testing.T) {
	w := newWorld(t)
	one, two := w.asking("ab", "c", 1), w.asking("a", "bc", 1)
	if bytes.Equal(w.host(one, call.FnHMAC, labelled("l", "")), w.host(two, call.FnHMAC, labelled("l", ""))) {
		t.Error("the same key")
	}
}

func TestAllVersionsHaveTheSameKeysAndAnotherRootOthers(t *testing.T) {
	w := newWorld(t)
	old := w.host(w.asking("acme", "one", 1), call.FnHMAC, labelled("l", "x"))
	if got := w.host(w.asking("acme", "one", 2), call.FnHMAC, labelled("l", "x")); !bytes.Equal(got, old) {
		t.Error("a new version has other keys")
	}
	w.Platform = w.platform(bytes.Repeat([]byte{8}, keySize))
	if got := w.host(w.asking("acme", "one", 2), call.FnHMAC, labelled("l", "x")); bytes.Equal(got, old) {
		t.Error("another root gives the same keys")
	}
}

func TestLabelsAndFunctionsHaveKeysOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	id := w.asking("acme", "one", 1)
	seen := map[string]string{}
	for name, tag := range map[string][]byte{
		"hmac a":  w.host(id, call.FnHMAC, labelled("a", "x")),
		"hmac b":  w.host(id, call.FnHMAC, labelled("b", "x")),
		"hmac ax": w.host(id, call.FnHMAC, labelled("ax", "")),
		"cmac a":  w.host(id, call.FnCMAC, labelled("a", "x")),
		"cmac b":  w.host(id, call.FnCMAC, labelled("b", "x")),
		"seal a":  w.host(id, call.FnSeal, sealing("a", "", "x")),
		"seal b":  w.host(id, call.FnSeal, sealing("b", "", "x")),
		"seal ad": w.host(id, call.FnSeal, sealing("a", "a", "x")),
	} {
		if other, ok := seen[string(tag[:16])]; ok {
			t.Errorf("%s and %s are the same", name, other)
		}
		seen[string(tag[:16])] = name
	}
}

func TestRequestsThatAreNoneAreRefused(t *testing.T) {
	w := newWorld(t)
	id := w.asking("acme", "one", 1)
	for fn, requests := range map[uint32][]string{
		call.FnHMAC:   {"", "\x00", "\x02a", "\xff"},
		call.FnCMAC:   {"", "\x00data"},
		call.FnSeal:   {"", "\x01a", "\x01a\x00", "\x01a\x00\x02a"},
		call.FnOpen:   {"\x01a\x00\x00", "\x01a\x00\x00short", "\x01a\x00\x000123456789abcdef"},
		call.FnChance: {"", "\x01", "\x04\x01", "\x00\x00\x00"},
	} {
		for _, r := range requests {
			if a, code := w.asks(id, fn, r); code != element.CodeApplet {
				t.Errorf("function %d, %x: %x, %v", fn, r, a.Output, code)
			}
		}
	}
}

func TestChanceIsTheQuestions(t *testing.T) {
	w := newWorld(t)
	id := w.asking("acme", "one", 1)
	draw := func(c element.Chance) []byte {
		a, err := w.RunApplet(element.RunApplet{Package: id, Operation: call.FnChance, Input: []byte{0, 32}}, &c)
		if err != nil || len(a.Output) != 32 {
			t.Fatal(err)
		}
		return a.Output
	}
	if !bytes.Equal(draw(element.Chance{1}), draw(element.Chance{1})) || bytes.Equal(draw(element.Chance{1}), draw(element.Chance{2})) {
		t.Error("not a function of the question")
	}
	s, b, c := stream{chance: &element.Chance{1}, label: labelChance}, make([]byte, 16), make([]byte, 16)
	if s.fill(b) != nil || s.fill(c) != nil || bytes.Equal(b, c) {
		t.Error("two draws of one question are the same")
	}
}
