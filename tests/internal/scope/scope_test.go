package scope

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const module = "example.test/lane"

// fixture is a small module with a terminal, a kernel and the doors between.
func fixture() map[string]string {
	return map[string]string{
		"go.mod":                   "module " + module + "\n\ngo 1.26\n",
		"terminal/main.go":         "package main\n\nimport _ \"" + module + "/mailbox\"\n\nfunc main() {}\n",
		"kernel/main.go":           "package main\n\nimport (\n\t_ \"" + module + "/mailbox\"\n\t_ \"" + module + "/sred\"\n)\n\nfunc main() {}\n",
		"mailbox/mailbox.go":       "package mailbox\n",
		"sred/sred.go":             "package sred\n\nimport _ \"strings\"\n",
		"kernel/internal/a/a.go":   "package a\n",
		"terminal/main_test.go":    "package main\n\nimport _ \"testing\"\n",
		"terminal/testdata/bad.go": "not go at all",
	}
}

func policy() *Policy {
	why := "a reason"
	return &Policy{
		Module: module,
		Programs: []Program{
			{Name: "terminal", Dir: "terminal", Own: []Line{{"mailbox", why}}, Forbidden: []Line{{"net/http/pprof", why}}},
			{Name: "kernel", Dir: "kernel", Own: []Line{{"mailbox", why}, {"sred", why}}},
		},
		Worlds: []World{
			{Name: "terminal", Dirs: []string{"terminal/..."}, Banned: []Line{{"unsafe", why}}},
			{Name: "kernel", Dirs: []string{"kernel/..."}},
			{Name: "doors", Dirs: []string{"mailbox", "sred"}},
		},
		Doors: []Door{
			{Package: "mailbox", Importers: []Line{{"terminal", why}, {"kernel", why}}},
			{Package: "sred", Importers: []Line{{"kernel", why}}},
		},
		Unlinked: []Line{{"kernel/internal/a", why}},
	}
}

func TestAModuleThatKeepsItsPolicyPasses(t *testing.T) {
	if got := check(t, fixture(), policy()); got != "" {
		t.Errorf("problems:\n%s", got)
	}
}

// Every breach is planted in a copy of the fixture and must be refused by name.
func TestEveryBreachIsRefusedByName(t *testing.T) {
	breaches := map[string]struct {
		file, text string
		wants      []string
	}{
		"an import of another world's door": {"terminal/peek.go", "package main\n\nimport _ \"" + module + "/sred\"\n",
			[]string{"terminal links sred", "terminal/peek.go imports sred, which world terminal may not"}},
		"an import behind a build tag": {"terminal/peek.go", "//go:build neverset\n\npackage main\n\nimport _ \"" + module + "/sred\"\n",
			[]string{"terminal/peek.go imports " + module + "/sred, which terminal may not link"}},
		"an import behind another platform": {"terminal/peek_windows.go", "package main\n\nimport _ \"net/http/pprof\"\n",
			[]string{"terminal/peek_windows.go imports net/http/pprof, which terminal may not link"}},
		"a forbidden standard package": {"terminal/peek.go", "package main\n\nimport _ \"net/http/pprof\"\n",
			[]string{"terminal links the forbidden package net/http/pprof (imported by " + module + "/terminal)"}},
		"a banned import in an own file": {"terminal/peek.go", "package main\n\nimport _ \"unsafe\"\n",
			[]string{"terminal/peek.go (world terminal) imports unsafe, which is banned there"}},
		"a hidden cgo import": {"terminal/peek.go", "//go:build cgo\n\npackage main\n\nimport \"C\"\n",
			[]string{"terminal/peek.go imports C, which terminal may not link"}},
		"a module behind a build tag": {"terminal/peek.go", "//go:build neverset\n\npackage main\n\nimport _ \"example.org/iso8583\"\n",
			[]string{"terminal/peek.go imports example.org/iso8583, which terminal may not link"}},
		"a module in a test": {"terminal/peek_test.go", "package main\n\nimport _ \"example.org/testify\"\n",
			[]string{"terminal/peek_test.go imports example.org/testify, which is no module for tests"}},
		"a linkname directive": {"terminal/peek.go", "package main\n\nimport _ \"embed\"\n\n//go:linkname a b\n",
			[]string{"terminal/peek.go reaches past Go's import clauses"}},
		"an assembly file":               {"terminal/peek_amd64.s", "", []string{"terminal/peek_amd64.s reaches past Go's import clauses"}},
		"a file of no world":             {"extra/extra.go", "package extra\n", []string{"extra/extra.go belongs to 0 worlds"}},
		"a package that no program has":  {"kernel/internal/b/b.go", "package b\n", []string{"kernel/internal/b is linked by no program"}},
		"an exported package not listed": {"kernel/open/open.go", "package open\n", []string{"kernel/open is an exported package without an entry"}},
	}
	for name, b := range breaches {
		t.Run(name, func(t *testing.T) {
			tree := fixture()
			tree[b.file] = b.text
			got := check(t, tree, policy())
			for _, want := range b.wants {
				if !strings.Contains(got, want) {
					t.Errorf("want %q in:\n%s", want, got)
				}
			}
		})
	}
}

func TestEveryDeadLineIsNamed(t *testing.T) {
	dead := Line{"gone", "a reason"}
	for name, change := range map[string]func(*Policy){
		`terminal: nothing uses the line "gone"`:          func(p *Policy) { p.Programs[0].Own = append(p.Programs[0].Own, dead) },
		`kernel: nothing uses the line "gone"`:            func(p *Policy) { p.Programs[1].Modules = append(p.Programs[1].Modules, dead) },
		`door sred: nothing uses the line "gone"`:         func(p *Policy) { p.Doors[1].Importers = append(p.Doors[1].Importers, dead) },
		`unlinked: nothing uses the line "gone"`:          func(p *Policy) { p.Unlinked = append(p.Unlinked, dead) },
		`modules for tests: nothing uses the line "gone"`: func(p *Policy) { p.TestModules = append(p.TestModules, dead) },
		`foreign files: nothing uses the line "gone"`:     func(p *Policy) { p.Foreign = append(p.Foreign, dead) },
		`world doors: no file in gone`:                    func(p *Policy) { p.Worlds[2].Dirs = append(p.Worlds[2].Dirs, "gone") },
		`terminal: the line "mailbox" gives no reason`:    func(p *Policy) { p.Programs[0].Own[0][1] = " " },
		`kernel/main.go belongs to 2 worlds`:              func(p *Policy) { p.Worlds[2].Dirs = append(p.Worlds[2].Dirs, "kernel") },
	} {
		p := policy()
		change(p)
		if got := check(t, fixture(), p); !strings.Contains(got, name) {
			t.Errorf("want %q in:\n%s", name, got)
		}
	}
}

func TestAProgramThatIsNotThereIsAnError(t *testing.T) {
	if _, err := List(t.TempDir(), Program{Name: "ghost", Dir: "ghost"}); !os.IsNotExist(unwrapped(err)) {
		t.Errorf("error: %v", err)
	}
}

func TestAClosureIsWrittenForPeople(t *testing.T) {
	c := Closure{
		{ImportPath: module + "/terminal"}, {ImportPath: "fmt", Standard: true},
		{ImportPath: "internal/abi", Standard: true}, {ImportPath: "vendor/x", Standard: true},
		{ImportPath: "example.org/m/part", Module: &struct{ Path string }{"example.org/m"}},
	}
	want := "# packages of this module\nterminal\n# modules\nexample.org/m\n# standard library\nfmt\n"
	if got := c.Text(policy()); got != want {
		t.Errorf("got:\n%s", got)
	}
}

// check lays the tree into a folder and returns all problems, a line each.
func check(t *testing.T, tree map[string]string, p *Policy) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range tree {
		full := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(full), 0o700))
		must(t, os.WriteFile(full, []byte(text), 0o600))
	}
	var problems []Problem
	linked := Closures{}
	for _, prog := range p.Programs {
		c, err := List(root, prog)
		must(t, err)
		linked[prog.Name] = c
		problems = append(problems, p.CheckClosure(prog, c)...)
	}
	files, foreign, err := Sources(root)
	must(t, err)
	return lines(append(problems, p.CheckSources(files, foreign, linked)...))
}

func lines(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.Text + "\n")
	}
	return b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func unwrapped(err error) error {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		err = inner.Unwrap()
	}
}

// A file behind exactly a variant's tag is held to the variant's lines, and every other
// to the program's own too.
func TestAFileBehindATagIsHeldToTheVariantThatIsBuiltWithIt(t *testing.T) {
	const refusal = "terminal/peek.go imports example.org/iso8583, which terminal may not link"
	for constraint, refused := range map[string]bool{"extra": false, "extra || linux": true, "neverset": true, "!extra": true} {
		p := policy()
		variant := p.Programs[0]
		variant.Name, variant.Tags = variant.Name+"-extra", "extra"
		variant.Modules = append(variant.Modules[:len(variant.Modules):len(variant.Modules)], Line{"example.org/iso8583", "a reason"})
		p.Programs = append(p.Programs, variant)
		tree := fixture()
		tree["terminal/peek.go"] = "//go:build " + constraint + "\n\npackage main\n\nimport _ \"example.org/iso8583\"\n"
		if got := check(t, tree, p); strings.Contains(got, refusal) != refused {
			t.Errorf("%s: refused is not %v:\n%s", constraint, refused, got)
		}
	}
}
