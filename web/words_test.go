package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// language is its words by their paths.
func language(t *testing.T, code string) map[string]string {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal([]byte(asset(t, code+".json")), &tree); err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	words := map[string]string{}
	flatten(t, words, "", tree)
	return words
}

func flatten(t *testing.T, words map[string]string, at string, tree map[string]any) {
	t.Helper()
	for name, v := range tree {
		switch v := v.(type) {
		case string:
			words[at+name] = v
		case map[string]any:
			flatten(t, words, at+name+".", v)
		default:
			t.Fatalf("%s%s is neither a word nor a group", at, name)
		}
	}
}

// lacks tells how a language differs from English: a word too few or too many, an
// empty one, or one that fills in something else.
func lacks(english, other map[string]string) (problems []string) {
	blanks := func(s string) []string {
		found := regexp.MustCompile(`\{\w+\}`).FindAllString(s, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	for _, p := range slices.Sorted(maps.Keys(english)) {
		word, ok := other[p]
		switch {
		case !ok || strings.TrimSpace(word) == "":
			problems = append(problems, p+" is missing")
		case !slices.Equal(blanks(word), blanks(english[p])):
			problems = append(problems, p+" fills in something else")
		}
	}
	for p := range other {
		if _, ok := english[p]; !ok {
			problems = append(problems, p+" is no word of English")
		}
	}
	return problems
}

func TestEveryLanguageHasEveryWord(t *testing.T) {
	english := language(t, "en")
	for _, code := range []string{"de", "fr", "es"} {
		other := language(t, code)
		for _, p := range lacks(english, other) {
			t.Errorf("%s: %s", code, p)
		}
		same := 0
		for p, word := range english {
			if other[p] == word {
				same++
			}
		}
		if same*5 > len(english) {
			t.Errorf("%s: %d of %d words are the English ones", code, same, len(english))
		}
	}
	spoilt := maps.Clone(english)
	delete(spoilt, "nav.charge")
	spoilt["again"], spoilt["nav.more"] = "once more", "x"
	if got := lacks(english, spoilt); len(got) != 3 {
		t.Errorf("the check finds %q in what lacks three", got)
	}
}

// What the scripts and documents ask for by name is there, and the documents say in
// English what English says, so that nothing jumps when it is loaded.
func TestEveryWordThatIsAskedForIsThere(t *testing.T) {
	english := language(t, "en")
	asked := 0
	for _, name := range served(t) {
		if path.Ext(name) != ".js" {
			continue
		}
		for _, m := range regexp.MustCompile(`\bt\([^"()`+"`"+`]*"([a-z]+\.[a-z_.]+)"(?: : "([a-z]+\.[a-z_.]+)")?`).FindAllStringSubmatch(asset(t, name), -1) {
			for _, p := range m[1:] {
				if p == "" {
					continue
				}
				asked++
				if _, ok := english[p]; !ok {
					t.Errorf("%s asks for %s", name, p)
				}
			}
		}
	}
	if asked < 150 {
		t.Errorf("only %d words are asked for", asked)
	}
	for _, name := range []string{"index.html", "display.html"} {
		for _, m := range regexp.MustCompile(`data-t="([a-z_.]+)"[^>]*>([^<]*)<`).FindAllStringSubmatch(asset(t, name), -1) {
			if english[m[1]] != m[2] {
				t.Errorf("%s says %q for %s, which is %q", name, m[2], m[1], english[m[1]])
			}
		}
		for _, m := range regexp.MustCompile(`aria-label="([^"]*)" data-t-label="([a-z_.]+)"`).FindAllStringSubmatch(asset(t, name), -1) {
			if english[m[2]] != m[1] {
				t.Errorf("%s is labelled %q for %s, which is %q", name, m[1], m[2], english[m[2]])
			}
		}
	}
}

type named interface {
	Valid() bool
	fmt.Stringer
}

// names are those of an enumeration from its first value on.
func names[E interface {
	~uint8
	named
}](from E) (list []string) {
	for v := from; v.Valid(); v++ {
		list = append(list, v.String())
	}
	return list
}

// A stage, a reason or a state without words would be shown as nothing.
func TestEveryWordOfTheVocabularyIsKnown(t *testing.T) {
	english := language(t, "en")
	for group, list := range map[string][]string{
		"declines": names(payment.DeclineNone + 1), "failures": names(payment.FailureNone + 1),
		"states": names(payment.TerminalStateBooting), "entries": names(payment.EntryModeNone + 1),
		"cvms": names(payment.CVMNone + 1), "types": names(payment.TypeNone + 1),
	} {
		if len(list) == 0 {
			t.Errorf("%s has nothing in it", group)
		}
		for _, name := range list {
			if english[group+"."+name] == "" {
				t.Errorf("%s.%s has no words", group, name)
			}
		}
	}
	for v := payment.OutcomeNone + 1; v.Valid(); v++ {
		if !strings.Contains(asset(t, "payment.js"), `"`+v.String()+`"`) {
			t.Errorf("the outcome %s has no screen", v)
		}
	}
}

// Each stage of a payment under way has a scene, a title and a sentence of its own, in
// every language; the others are outcomes, which have a screen.
func TestEveryStageHasItsPrompt(t *testing.T) {
	script := asset(t, "payment.js")
	scene := func(stage string) bool { return regexp.MustCompile(`\b` + stage + `: "[a-z]+"`).MatchString(script) }
	for _, code := range []string{"en", "de", "fr", "es"} {
		words, seen := language(t, code), map[string]payment.Stage{}
		for v := payment.StageNone + 1; v.Valid(); v++ {
			switch v {
			case payment.StageApproved, payment.StageDeclined, payment.StageReversing:
				continue
			}
			title, text := words["stages."+v.String()+".title"], words["stages."+v.String()+".text"]
			if title == "" || !strings.HasSuffix(text, ".") || !scene(v.String()) {
				t.Errorf("%s: %s has no prompt", code, v)
			} else if other, doubled := seen[title]; doubled {
				t.Errorf("%s: %s has the prompt of %s", code, v, other)
			}
			seen[title] = v
		}
	}
	if scene("a_stage_that_is_not_there") {
		t.Error("the check finds a prompt where there is none")
	}
}
