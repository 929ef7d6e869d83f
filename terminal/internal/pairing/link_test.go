package pairing

import (
	"strings"
	"testing"
)

func link() Link {
	return Link{URL: "https://192.0.2.7:8443", ID: drawID(requestPrefix), SPKI: strings.Repeat("A", 43), Secret: drawSecret()}
}

func TestALinkIsReadAsItWasWritten(t *testing.T) {
	l := link()
	for _, url := range []string{l.URL, "https://till.lan:8443", "https://[fd00::7]:8443", "https://till.lan"} {
		l.URL = url
		if got, err := ParseLink(l.String()); err != nil || got != l {
			t.Errorf("%s: %+v, %v", url, got, err)
		}
	}
	text := l.String()
	for name, other := range map[string]string{
		"": "", "without TLS": strings.Replace(text, "https", "http", 1), "another version": strings.Replace(text, "=1.", "=2.", 1),
		"more": text + ".x", "less": text[:len(text)-1], "user": strings.Replace(text, "//", "//user@", 1),
		"path": strings.Replace(text, "/#", "/x/#", 1), "capitals": strings.Replace(text, "till", "Till", 1), "long": text + strings.Repeat("x", 300),
	} {
		if _, err := ParseLink(other); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}

// Nothing of it is sent to anybody by a camera that just opens the address.
func TestALinksSecretsStandBehindTheFragment(t *testing.T) {
	l := link()
	before, after, _ := strings.Cut(l.String(), "#")
	if before != l.URL+"/" || !strings.Contains(after, l.Secret) {
		t.Errorf("got %s", l)
	}
}

func FuzzCanonicalLink(f *testing.F) {
	f.Add(link().String())
	f.Add("https://x/#strongroom-pair=1...")
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := ParseLink(text); err == nil && l.String() != text {
			t.Errorf("%q is written %q", text, l.String())
		}
	})
}

func FuzzBodies(f *testing.F) {
	for _, s := range []string{`{"name":"Till","scopes":["pay"]}`, `{"scopes":["pay"]}`, `{"code":"12345678"}`, `{"secret":"abcdefghijklmnopqrstuv"}`, `{}`, `[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if name, s, err := ParseAsk(body); err == nil && (!ValidName(name) || s == 0 || !s.Within(All)) {
			t.Errorf("%q asks for %q, %v", body, name, s)
		}
		if p, err := ParseProof(body); err == nil && (p.Code == "") == (p.Secret == "") {
			t.Errorf("%q proves %+v", body, p)
		}
		if s, err := ParseConfirmation(body); err == nil && !s.Within(All) {
			t.Errorf("%q confirms %v", body, s)
		}
	})
}

func TestNamesAreWhatTheyLookLike(t *testing.T) {
	for name, want := range map[string]bool{
		"Till 2": true, "T": true, "Till-2_b.": true, "Terrace no. 12345678": true, strings.Repeat("x", 32): true,
		"": false, " Till": false, "Till ": false, "-Till": false, strings.Repeat("x", 33): false, "Till 123456789": false,
		"<b>": false, "Till\n": false, "Till\u202e": false, "Tіll": false, "Café": false, "a/b": false, `"`: false,
	} {
		if ValidName(name) != want {
			t.Errorf("%q", name)
		}
	}
}

func TestScopesAreReadAsTheyAreWritten(t *testing.T) {
	for s := Scopes(1); s <= All; s++ {
		if got, ok := ParseScopes(s.Names()); !ok || got != s {
			t.Errorf("%v: %v", s.Names(), got)
		}
	}
	for _, names := range [][]string{nil, {}, {"pay", "pay"}, {"root"}, {""}, {"PAY"}} {
		if s, ok := ParseScopes(names); ok {
			t.Errorf("%v is %v", names, s)
		}
	}
}
