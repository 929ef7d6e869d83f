package attacks

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// line is an attack of list.json, or a part of one.
type line struct {
	ID       string   // A01 to A99; several lines may share one
	Attack   string   // what is done
	Expected string   // what the product does then
	Tests    []string // package.TestName, run by go test ./...
	Kind     string   // of the control: leak, twin or hole
	Control  string   // what it is
	Controls []string // package.TestName, with /words of that package's source where the control is a part of a test
	State    string   // covered, residual or not built
	Note     string   // what remains
}

// ids are those that the list must have.
func ids() (all []string) {
	for _, span := range [][2]int{{1, 13}, {20, 22}, {30, 39}, {40, 48}, {50, 64}, {70, 74}, {80, 80}, {90, 99}} {
		for n := span[0]; n <= span[1]; n++ {
			all = append(all, fmt.Sprintf("A%02d", n))
		}
	}
	return all
}

func readList(t testing.TB) []line {
	t.Helper()
	b, err := os.ReadFile("list.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Attacks []line }
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list.Attacks
}

// source is what a package's files say: its tests, which of them skip, its texts.
type source struct {
	tests map[string]bool // and whether it skips
	texts []string
}

// sources are read once for each folder.
type sources map[string]source

func (all sources) of(folder string) (source, error) {
	if s, known := all[folder]; known {
		return s, nil
	}
	files, err := filepath.Glob(filepath.Join("../..", folder, "*.go"))
	if err != nil || len(files) == 0 {
		return source{}, fmt.Errorf("no package in %s", folder)
	}
	s := source{tests: map[string]bool{}}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return source{}, err
		}
		s.read(file, strings.HasSuffix(path, "_test.go"))
	}
	all[folder] = s
	return s, nil
}

func (s *source) read(file *ast.File, tests bool) {
	for _, d := range file.Decls {
		f, is := d.(*ast.FuncDecl)
		if is && tests && f.Recv == nil && (strings.HasPrefix(f.Name.Name, "Test") || strings.HasPrefix(f.Name.Name, "Fuzz")) {
			s.tests[f.Name.Name] = skips(f)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if l, is := n.(*ast.BasicLit); is && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil {
				s.texts = append(s.texts, text)
			}
		}
		return true
	})
}

func skips(f *ast.FuncDecl) (does bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if s, is := n.(*ast.SelectorExpr); is && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name) {
			does = true
		}
		return true
	})
	return does
}

// missing tells what is wrong with a reference, or "".
func (all sources) missing(reference string) string {
	parts := regexp.MustCompile(`^([a-z0-9/]+)\.((?:Test|Fuzz)\w+)(?:/(.+))?$`).FindStringSubmatch(reference)
	if parts == nil {
		return "is no reference"
	}
	s, err := all.of(parts[1])
	skipped, is := s.tests[parts[2]]
	switch {
	case err != nil:
		return "is in no package"
	case !is:
		return "is no test"
	case skipped:
		return "may be skipped"
	case !slices.ContainsFunc(s.texts, func(text string) bool { return strings.Contains(text, parts[3]) }):
		return "has no such part"
	}
	return ""
}

// faults are what is wrong with a list.
func faults(list []line, all sources) (found []string) {
	last, seen := "", map[string]bool{}
	for _, l := range list {
		told := func(what string) { found = append(found, l.ID+": "+what) }
		if l.ID < last {
			told("is out of order")
		}
		last, seen[l.ID] = l.ID, true
		if l.Attack == "" || l.Expected == "" || l.Control == "" || strings.Contains(l.Attack+l.Expected+l.Control+l.Note, "|") {
			told("has no attack, result or control, or a stroke in it")
		}
		if !slices.Contains([]string{"leak", "twin", "hole"}, l.Kind) {
			told("has no kind of control")
		}
		built := l.State == "covered" || l.State == "residual"
		if !built && l.State != "not built" || l.State != "covered" && l.Note == "" {
			told("has no state, or does not say what remains")
		}
		if built && (len(l.Tests) == 0 || len(l.Controls) == 0) {
			told("is built and has no test, or no control")
		}
		for _, reference := range slices.Concat(l.Tests, l.Controls) {
			if what := all.missing(reference); what != "" {
				told(reference + " " + what)
			}
		}
	}
	for _, id := range ids() {
		if !seen[id] {
			found = append(found, id+": is not in the list")
		}
		delete(seen, id)
	}
	for id := range seen {
		found = append(found, id+": is no attack")
	}
	return found
}

func TestEveryAttackHasATestAndAControlThatExist(t *testing.T) {
	for _, what := range faults(readList(t), sources{}) {
		t.Error(what)
	}
}

// TestAFaultyListIsSeen is the control of the one above.
func TestAFaultyListIsSeen(t *testing.T) {
	all := sources{}
	if _, err := all.of("tests/attacks"); err != nil {
		t.Fatal(err)
	}
	all["tests/attacks"].tests["TestThatSkips"] = true
	for want, spoil := range map[string]func(*line){
		"is no test":         func(l *line) { l.Tests = []string{"tests/attacks.TestThatThereIsNot"} },
		"is no reference":    func(l *line) { l.Tests = []string{"TestAFaultyListIsSeen"} },
		"is in no package":   func(l *line) { l.Controls = []string{"tests/nowhere.TestAFaultyListIsSeen"} },
		"may be skipped":     func(l *line) { l.Tests = []string{"tests/attacks.TestThatSkips"} },
		"has no such part":   func(l *line) { l.Controls[0] += "/" + strings.Repeat("no such ", 3) },
		"no kind of control": func(l *line) { l.Kind = "" },
		"no test":            func(l *line) { l.Tests = nil },
		"no control":         func(l *line) { l.Controls = nil },
		"what remains":       func(l *line) { l.State, l.Note = "residual", "" },
		"no state":           func(l *line) { l.State = "passed" },
		"is no attack":       func(l *line) { l.ID = "A99a" },
		"a stroke":           func(l *line) { l.Note = "a|b" },
		"out of order":       func(l *line) { l.ID = "A01" },
	} {
		list := readList(t)
		spoil(&list[len(list)-1])
		if found := strings.Join(faults(list, all), "\n"); !strings.Contains(found, want) {
			t.Errorf("%s: %s", want, found)
		}
	}
	if found := faults(readList(t)[:3], all); !slices.Contains(found, "A99: is not in the list") {
		t.Errorf("a list cut short: %q", found)
	}
}
