package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// first is where everybody begins: it brings up the lane that the other pages use.
const first = "tutorial/first-payment.md"

// root is the repository: commands are written for its folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// environment is that of whoever reads, with the demo's home in a folder of its own.
func environment(t *testing.T) []string {
	t.Helper()
	home, err := os.MkdirTemp("/tmp", "docs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	return append(os.Environ(), "STRONGROOM_VAR="+filepath.Join(home, "var"))
}

func TestThePagesHoldWordForWord(t *testing.T) {
	r := &reader{folder: root(t), environment: environment(t)}
	t.Cleanup(func() { r.leave(t) })
	for _, page := range order(t, filepath.Join(r.folder, "docs")) {
		if !t.Run(page, func(t *testing.T) { r.follow(t, page) }) && page == first {
			t.Fatal("without the lane of the tutorial no other page can be followed")
		}
	}
}

// order is all pages, the tutorial's first page before the others.
func order(t *testing.T, docs string) (pages []string) {
	t.Helper()
	err := filepath.WalkDir(docs, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		if page, _ := filepath.Rel(docs, path); page != first {
			pages = append(pages, page)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{first}, pages...)
}

// reader follows pages in terminals of his own.
type reader struct {
	folder      string
	environment []string
	background  []*session
}

func (r *reader) follow(t *testing.T, page string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.folder, "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	all, err := blocks(string(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := open(r.folder, r.environment)
	if err != nil {
		t.Fatal(err)
	}
	defer s.interrupt() //nolint:errcheck // a shell that is told to end
	for _, b := range all {
		out, err := r.do(s, b)
		if err == nil {
			err = held(out, b.prints)
		}
		if err != nil {
			t.Fatalf("docs/%s:%d: %v\n%s\n%s", page, b.line, err, b.commands, out)
		}
	}
}

func (r *reader) do(s *session, b block) (string, error) {
	if !b.elsewhere {
		return s.run(b.commands)
	}
	other, err := open(r.folder, r.environment)
	if err != nil {
		return "", err
	}
	r.background = append(r.background, other)
	return other.start(b.commands, b.prints)
}

// leave ends what runs on, the last first.
func (r *reader) leave(t *testing.T) {
	t.Helper()
	for i := len(r.background) - 1; i >= 0; i-- {
		if err := r.background[i].interrupt(); err != nil {
			out, _ := r.background[i].printed()
			t.Logf("ended with %v; the last of what it printed:\n%s", err, tail(out))
		}
	}
}

func tail(s string) string { return s[max(0, len(s)-2000):] }
