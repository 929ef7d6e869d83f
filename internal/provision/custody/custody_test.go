package custody

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"strings"
	"testing"
)

const (
	alicesWords = "correct horse battery"
	bobsWords   = "staple tower mountain"
)

func component(t testing.TB, who string, part int, names ...string) *Component {
	t.Helper()
	c, err := Draw(who, "holder of "+who, part, names...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reopened(t *testing.T, c *Component, words string) *Component {
	t.Helper()
	b, err := c.Seal([]byte(words))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := Open(b, []byte(words)); err == nil {
		return out
	}
	t.Fatal("the envelope does not open")
	return nil
}

func TestTwoCustodiansMakeAKey(t *testing.T) {
	a, b := component(t, "alice", 1, "bdk-terminal", "kek"), component(t, "bob", 2, "bdk-terminal", "kek")
	want := make([]byte, KeySize)
	subtle.XORBytes(want, a.of(1), b.of(1))
	one, other := reopened(t, a, alicesWords), reopened(t, b, bobsWords)
	r, err := Combine(one, other)
	if err != nil {
		t.Fatal(err)
	}
	key := r.Key("kek")
	if !bytes.Equal(key, want) || bytes.Equal(r.Key("bdk-terminal"), key) || r.Key("other") != nil {
		t.Error("another key came of it")
	}
	checks, err := r.Checks()
	check, _ := CheckValue(want)
	if err != nil || len(checks) != 2 || checks[1] != (Key{"kek", check}) {
		t.Errorf("%v, %v", checks, err)
	}
	if !bytes.Equal(one.secret, make([]byte, 64)) || !bytes.Equal(other.secret, make([]byte, 64)) {
		t.Error("a component was not wiped")
	}
	r.Close()
	if r.Key("kek") != nil {
		t.Error("a closed room gives a key out")
	}
}

// With one component and the check values in clear every key remains possible: for
// whatever key there is a second component that makes it.
func TestOneComponentSaysNothingOfTheKey(t *testing.T) {
	a := component(t, "alice", 1, "kek")
	for _, key := range [][]byte{bytes.Repeat([]byte{0x11}, KeySize), bytes.Repeat([]byte{0xEE}, KeySize)} {
		own, b := component(t, "alice", 1, "kek"), component(t, "bob", 2, "kek")
		copy(own.secret, a.secret)
		subtle.XORBytes(b.secret, a.secret, key)
		r, err := Combine(own, b)
		if err != nil || !bytes.Equal(r.Key("kek"), key) {
			t.Fatalf("a key cannot be reached: %v", err)
		}
		r.Close()
	}
	b, err := a.Seal([]byte(alicesWords))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, a.secret) || strings.Contains(string(b), hexOf(a.secret)) {
		t.Error("the envelope shows the component")
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

func TestOnePersonCannotBeBoth(t *testing.T) {
	for name, change := range map[string]func(b *Component){
		"the same part":   func(b *Component) { b.Part = 1 },
		"the same holder": func(b *Component) { b.Holder = "holder of alice" },
		"the same name":   func(b *Component) { b.Custodian = "alice" },
	} {
		a, b := component(t, "alice", 1, "kek"), component(t, "bob", 2, "kek")
		change(b)
		if _, err := Combine(a, b); !errors.Is(err, ErrSame) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a, b := component(t, "alice", 1, "kek"), component(t, "bob", 2, "bdk")
	if _, err := Combine(a, b); !errors.Is(err, ErrKeys) {
		t.Errorf("other keys: %v", err)
	}
	a, b = component(t, "alice", 1, "kek"), component(t, "bob", 2, "kek")
	copy(b.secret, a.secret)
	if _, err := Combine(a, b); !errors.Is(err, ErrWeak) {
		t.Errorf("equal components: %v", err)
	}
}

func TestAnEnvelopeOpensForItsCustodianAlone(t *testing.T) {
	b, err := component(t, "alice", 1, "kek").Seal([]byte(alicesWords))
	if err != nil {
		t.Fatal(err)
	}
	if who, err := Custodian(b); err != nil || who != "alice" {
		t.Errorf("%q, %v", who, err)
	}
	if _, err := Open(b, []byte(bobsWords)); !errors.Is(err, ErrPassphrase) {
		t.Errorf("another passphrase: %v", err)
	}
	for name, old := range map[string]string{"another part": `"part": 1`, "another custodian": `"alice"`, "another key": `"kek"`} {
		changed := bytes.Replace(b, []byte(old), []byte(map[string]string{`"part": 1`: `"part": 2`, `"alice"`: `"carol"`, `"kek"`: `"bdk"`}[old]), 1)
		if bytes.Equal(changed, b) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := Open(changed, []byte(alicesWords)); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := component(t, "alice", 1, "kek").Seal([]byte("short")); err == nil {
		t.Error("a short passphrase")
	}
}

func FuzzParse(f *testing.F) {
	b, err := component(f, "alice", 1, "kek").Seal([]byte(alicesWords))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := parse(b); err == nil && (len(e.Sealed) != len(e.Keys)*KeySize+16 || e.Of != 2) {
			t.Error("a malformed envelope passed")
		}
	})
}
