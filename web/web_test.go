package web

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// served are the names of all files of the page, as they are asked for.
func served(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path.Base(p))
		}
		return err
	})
	if err != nil || len(names) < 30 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	return names
}

func asset(t *testing.T, name string) string {
	t.Helper()
	b, contentType, ok := Asset(name)
	if !ok || contentType == "" || len(b) == 0 {
		t.Fatalf("%s is not served", name)
	}
	return string(b)
}

func TestOnlyThePageIsServed(t *testing.T) {
	for _, name := range served(t) {
		asset(t, name)
	}
	for _, name := range []string{"web.go", "web_test.go", "README.md", "../go.mod", "", ".", "x.html", "app/main.js", "approved.png", "lang/en.json"} {
		if _, _, ok := Asset(name); ok {
			t.Errorf("%q is served", name)
		}
	}
}

// The content policy would stop these in a browser; here they are stopped
// before.
func TestThePageIsWholeInItself(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)(src|href|url\(|import|from|fetch\()\s*[=("'\s]*(https?:)?//[a-z]`)
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=["']|<style|<script>|javascript:|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function`)
	for _, name := range served(t) {
		if path.Ext(name) == ".png" {
			continue
		}
		if m := foreign.FindString(asset(t, name)); m != "" {
			t.Errorf("%s asks elsewhere: %q", name, m)
		}
		if m := inline.FindString(asset(t, name)); m != "" {
			t.Errorf("%s has %q", name, m)
		}
	}
	for _, control := range []string{`<img src="https://x/y">`, `url(//x)`, `from "https://x"`} {
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
	field := regexp.MustCompile(`<input|<textarea|contenteditable|"input"|"textarea"|contentEditable|showModalDialog|\bprompt\("`)
	for _, name := range served(t) {
		if m := field.FindString(asset(t, name)); path.Ext(name) != ".png" && m != "" {
			t.Errorf("%s has a field to type into: %q", name, m)
		}
	}
	if !field.MatchString(`element("input", "")`) || !field.MatchString(`<input type="text">`) {
		t.Error("the check sees no field")
	}
}

// The worker keeps the page's own files, all of them, and never an answer.
func TestTheWorkerKeepsTheShellAndNothingElse(t *testing.T) {
	script := asset(t, "sw.js")
	list := regexp.MustCompile(`(?s)const shell = \[(.*?)\];`).FindStringSubmatch(script)
	if list == nil {
		t.Fatal("the worker has no list")
	}
	kept := map[string]bool{}
	for _, m := range regexp.MustCompile(`"/([^"]*)"`).FindAllStringSubmatch(list[1], -1) {
		kept[m[1]] = true
		if _, _, ok := Asset(m[1]); !ok && m[1] != "" {
			t.Errorf("/%s is kept and not a file of the page", m[1])
		}
	}
	for _, name := range served(t) {
		switch name {
		case "index.html", "sw.js", "receipt.css", "icon-512.png": // by its address; itself; of a page of its own; of the installer
			continue
		}
		if !kept[name] {
			t.Errorf("/%s is not kept", name)
		}
	}
}

// Keyed entry is the exception: it is off until somebody says so.
func TestKeyedEntryIsOffAtFirst(t *testing.T) {
	page, script := asset(t, "index.html"), asset(t, "register.js")
	if !strings.Contains(page, `id="keyed" role="switch" aria-checked="false"`) ||
		!strings.Contains(script, "const fresh = () => ({ digits: \"\", ...none })") || !regexp.MustCompile(`export const none = \{[^}]*keyed: false`).MatchString(asset(t, "question.js")) {
		t.Error("the switch is not off when the page opens")
	}
	if !regexp.MustCompile(`(?s)function next\(p\) \{.*?Object\.assign\(register, fresh\(\)`).MatchString(script) {
		t.Error("the switch is not off for the next payment")
	}
}
