package docs

import (
	"slices"
	"strings"
	"testing"
)

func TestPagesAreReadAsTheyAreWritten(t *testing.T) {
	page := strings.Join([]string{
		"Say hello:", "```sh", "echo hello", "```", "", "```text", "hello", "```",
		"and wait:", "```sh another terminal", "sleep 1", "```", "```text", "ready", "```",
		"```json", "{}", "```",
	}, "\n")
	got, err := blocks(page)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d blocks, %v", len(got), err)
	}
	if got[0].commands != "echo hello" || got[0].elsewhere || !slices.Equal(got[0].prints, []string{"hello"}) || got[0].line != 2 {
		t.Errorf("%+v", got[0])
	}
	if !got[1].elsewhere || !slices.Equal(got[1].prints, []string{"ready"}) {
		t.Errorf("%+v", got[1])
	}
	for what, page := range map[string]string{
		"an open fence":                        "```sh\necho",
		"an output of nothing":                 "words\n```text\nready\n```",
		"another terminal that says nothing":   "```sh another terminal\nsleep 1\n```",
		"words between a command and its text": "```sh another terminal\nsleep 1\n```\nwords\n```text\nready\n```",
	} {
		if _, err := blocks(page); err == nil {
			t.Error(what + " is taken")
		}
	}
}

func TestWhatIsNotPrintedIsFound(t *testing.T) {
	output := "one\n  two 22 of 23\nthree\n"
	for _, c := range []struct {
		prints []string
		holds  bool
	}{
		{[]string{"one", "three"}, true},
		{[]string{"two … of …"}, true},
		{[]string{"…", "", "three"}, true},
		{[]string{"t… of 23", "three"}, true},
		{[]string{"three", "one"}, false},
		{[]string{"one", "one"}, false},
		{[]string{"two"}, false},
		{[]string{"two … of 24"}, false},
	} {
		if err := held(output, c.prints); (err == nil) != c.holds {
			t.Errorf("%q: %v", c.prints, err)
		}
	}
}

func TestACommandThatFailsIsFound(t *testing.T) {
	s, err := open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.interrupt() //nolint:errcheck // it has failed
	if out, err := s.run("X=1\necho $X"); err != nil || strings.TrimSpace(out) != "1" {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := s.run("echo $X | cat\necho more"); err != nil || strings.TrimSpace(out) != "1\nmore" {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := s.run("false\necho more"); err == nil {
		t.Errorf("%q", out)
	}
}
