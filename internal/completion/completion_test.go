package completion

import (
	"os/exec"
	"strings"
	"testing"
)

func list() []Command {
	return []Command{
		{[]string{"up"}, "a lane's start", []string{"var", "listen"}},
		{[]string{"card", "list"}, "cards", []string{"var"}},
		{[]string{"card", "insert", "NAME"}, "put it in", nil},
		{[]string{"keys"}, "all keys", []string{"json"}},
		{[]string{"keys", "load"}, "another", nil},
		{[]string{"$(rm)"}, "bad", nil},
		{[]string{"ok"}, "it's; rm", []string{"x;y"}},
	}
}

// complete asks a real bash what follows a line.
func complete(t *testing.T, script string, line ...string) string {
	t.Helper()
	words := "'" + strings.Join(line, "' '") + "'"
	out, err := exec.Command("bash", "-u", "-c", script+"\nCOMP_WORDS=("+words+"); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); COMPREPLY=(); _strongroom; echo \"${COMPREPLY[*]-}\"").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestBashCompletesWordsAndFlags(t *testing.T) {
	script, ok := Write("bash", "strongroom", list())
	if !ok {
		t.Fatal("bash is not known")
	}
	for line, want := range map[string]string{
		"":               "card keys ok up",
		"k":              "keys",
		"card ":          "insert list",
		"card i":         "insert",
		"card insert ":   "",
		"keys ":          "load",
		"keys -":         "-json",
		"up -":           "-var -listen",
		"up -l":          "-listen",
		"up -var x -l":   "-listen",
		"card -var /x l": "list",
		"card list -":    "-var",
		"nonsense ":      "card keys ok up",
		"ok -":           "",
	} {
		if got := complete(t, script, append([]string{"strongroom"}, strings.Split(line, " ")...)...); got != want {
			t.Errorf("%q: %q, not %q", line, got, want)
		}
	}
}

func TestEveryShellHasEveryWordAndNoneHasMore(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		text, ok := Write(shell, "strongroom", list())
		for _, word := range []string{"card", "insert", "load", "listen"} {
			if !ok || !strings.Contains(text, word) {
				t.Errorf("%s: no %s", shell, word)
			}
		}
		for _, bad := range []string{"$(rm)", "it's", "x;y", "NAME"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: %s came through", shell, bad)
			}
		}
	}
	if _, ok := Write("tcsh", "strongroom", nil); ok {
		t.Error("another shell is known")
	}
}
