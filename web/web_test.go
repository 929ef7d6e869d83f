package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

var names = []string{"index.html", "app.css", "app.js", "receipt.css", "art.svg", "icon.svg"}

func asset(t *testing.T, name string) string {
	t.Helper()
	b, contentType, ok := Asset(name)
	if !ok || contentType == "" || len(b) == 0 {
		t.Fatalf("%s is not served", name)
	}
	return string(b)
}

func TestOnlyThePageIsServed(t *testing.T) {
	for _, name := range names {
		asset(t, name)
	}
	for _, name := range []string{"web.go", "web_test.go", "README.md", "../go.mod", "", ".", "x.html"} {
		if _, _, ok := Asset(name); ok {
			t.Errorf("%q is served", name)
		}
	}
}

// The content policy would stop these in a browser; here they are stopped
// before.
func TestThePageIsWholeInItself(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)(src|href|url\(|import|fetch\()\s*[=("'\s]*(https?:)?//`)
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|<script>|javascript:|innerHTML|insertAdjacentHTML|document\.write|eval\(`)
	for _, name := range names {
		if m := foreign.FindString(asset(t, name)); m != "" {
			t.Errorf("%s asks elsewhere: %q", name, m)
		}
		if m := inline.FindString(asset(t, name)); m != "" {
			t.Errorf("%s has %q", name, m)
		}
	}
	for _, control := range []string{`<img src="https://x/y">`, `url(//x)`} {
		if !foreign.MatchString(control) {
			t.Errorf("the check does not see %q", control)
		}
	}
	if !inline.MatchString(`<p onclick="x">`) || !inline.MatchString(`e.innerHTML = x`) {
		t.Error("the check sees nothing")
	}
}

// Nothing is typed here but an amount.
func TestThePageHasNoFieldInWhichACardNumberFits(t *testing.T) {
	if strings.Contains(asset(t, "index.html"), "<input") || strings.Contains(asset(t, "index.html"), "contenteditable") {
		t.Error("the page has a field to type into")
	}
}

// A stage, a reason or a state without words would be shown as nothing.
func TestEveryWordOfTheVocabularyIsKnown(t *testing.T) {
	script := asset(t, "app.js")
	known := func(word string) bool { return regexp.MustCompile(`\b` + word + `\b`).MatchString(script) }
	var words []string
	for v := payment.DeclineNone + 1; v.Valid(); v++ {
		words = append(words, v.String())
	}
	for v := payment.FailureNone + 1; v.Valid(); v++ {
		words = append(words, v.String())
	}
	for v := payment.TerminalStateBooting; v.Valid(); v++ {
		words = append(words, v.String())
	}
	for v := payment.OutcomeNone + 1; v.Valid(); v++ {
		words = append(words, v.String())
	}
	for v := payment.EntryModeNone + 1; v.Valid(); v++ {
		words = append(words, v.String())
	}
	for v := payment.CVMNone + 1; v.Valid(); v++ {
		words = append(words, v.String())
	}
	for _, w := range words {
		if !known(w) {
			t.Errorf("%s has no words", w)
		}
	}
	if known("a_word_that_is_not_there") {
		t.Error("the check knows everything")
	}
}

// Each stage of a payment under way has a scene, a title and a sentence of its
// own; the others are outcomes, which have a screen.
func TestEveryStageHasItsPrompt(t *testing.T) {
	script := asset(t, "app.js")
	prompt := func(stage string) string {
		m := regexp.MustCompile(`(?m)^  ` + stage + `: \["[a-z]+", ("[^"]+", "[^"]+\.)"\],$`).FindStringSubmatch(script)
		if m == nil {
			return ""
		}
		return m[1]
	}
	seen := map[string]payment.Stage{}
	for v := payment.StageNone + 1; v.Valid(); v++ {
		p := prompt(v.String())
		switch v {
		case payment.StageApproved, payment.StageDeclined, payment.StageReversing:
			continue
		}
		if p == "" {
			t.Errorf("%s has no prompt", v)
		} else if other, doubled := seen[p]; doubled {
			t.Errorf("%s has the prompt of %s", v, other)
		}
		seen[p] = v
	}
	if prompt("a_stage_that_is_not_there") != "" || prompt("approved") != "" {
		t.Error("the check finds a prompt where there is none")
	}
}

// Keyed entry is the exception: it is off until somebody says so.
func TestKeyedEntryIsOffAtFirst(t *testing.T) {
	page, script := asset(t, "index.html"), asset(t, "app.js")
	if !strings.Contains(page, `id="keyed" role="switch" aria-checked="false"`) || !strings.Contains(script, "let keyed = false;") {
		t.Error("the switch is not off when the page opens")
	}
	if !regexp.MustCompile(`(?s)function next\(\) \{[^}]*keyed = false;`).MatchString(script) {
		t.Error("the switch is not off for the next payment")
	}
}
