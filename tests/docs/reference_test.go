package docs

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference's tables from the sources")

func TestTheReferencesTablesAreThoseOfTheSources(t *testing.T) {
	seen := 0
	for _, page := range order(t, filepath.Join(root(t), "docs")) {
		path := filepath.Join(root(t), "docs", page)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := written(string(b), root(t))
		if err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		seen += strings.Count(want, end)
		if want == string(b) {
			continue
		}
		if !*update {
			t.Errorf("docs/%s says otherwise than the sources: go test ./tests/docs -run Reference -update writes it", page)
		} else if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if seen != len(tables()) {
		t.Errorf("%d tables on all pages, there are %d", seen, len(tables()))
	}
}

func TestATableThatIsNotTheSourcesIsFound(t *testing.T) {
	page := "words\n<!-- keys -->\n| nonsense |\n<!-- end -->\nmore\n"
	got, err := written(page, root(t))
	if err != nil || got == page || !strings.HasSuffix(got, end+"more\n") || !strings.HasPrefix(got, "words\n") {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := written("<!-- keys -->\n", root(t)); err == nil {
		t.Error("a table without an end is taken")
	}
}

// TestLinksLeadSomewhere: files that are linked from a page are there.
func TestLinksLeadSomewhere(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	found := 0
	for _, page := range order(t, filepath.Join(root(t), "docs")) {
		path := filepath.Join(root(t), "docs", page)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range links.FindAllStringSubmatch(string(b), -1) {
			u, err := url.Parse(m[1])
			if err != nil || u.Scheme != "" {
				t.Errorf("docs/%s leads away: %s", page, m[1])
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), u.Path)); err != nil {
				t.Errorf("docs/%s: nothing lies at %s", page, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d links were found", found)
	}
}
