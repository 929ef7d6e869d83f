package attacks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// attack is a line of the list.
type attack struct{ name, test, folder, control, result string }

func listed(text string) (attacks []attack) {
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 || !strings.HasPrefix(line, "|") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if test := strings.Trim(cells[1], "`"); test != cells[1] {
			attacks = append(attacks, attack{cells[0], test, strings.Trim(cells[2], "`"), cells[3], cells[4]})
		}
	}
	return attacks
}

// functions are the tests of a folder.
func functions(folder string) (map[string]bool, error) {
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				names[f.Name.Name] = true
			}
		}
	}
	return names, nil
}

func TestEveryAttackInTheListIsATest(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	all := listed(string(text))
	mentioned := map[string]bool{"TestMain": true, "TestEveryAttackInTheListIsATest": true,
		"TestEveryAttackHasATestAndAControlThatExist": true, "TestAFaultyListIsSeen": true, "TestTheTableForReadersIsTheList": true}
	for _, l := range readList(t) {
		for _, reference := range slices.Concat(l.Tests, l.Controls) {
			name, _, _ := strings.Cut(strings.TrimPrefix(reference, "tests/attacks."), "/")
			mentioned[name] = true
		}
	}
	known := map[string]map[string]bool{}
	for _, a := range all {
		if known[a.folder] == nil {
			if known[a.folder], err = functions(a.folder); err != nil {
				t.Fatal(err)
			}
		}
		if !known[a.folder][a.test] {
			t.Errorf("%s: %s has no %s", a.name, a.folder, a.test)
		}
		if a.control == "" || a.result == "" {
			t.Errorf("%s: no control, or no result", a.name)
		}
		mentioned[a.test] = true
	}
	for _, name := range regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1) {
		if !mentioned[name[1]] && !anywhere(known, name[1]) {
			t.Errorf("%s is named as a control and is no test of these folders", name[1])
		}
	}
	for name := range known["tests/attacks"] {
		if !mentioned[name] {
			t.Errorf("%s is not in the list", name)
		}
	}
	if len(all) < 30 {
		t.Errorf("the list has %d attacks: it was not read", len(all))
	}
	if known, _ := functions("tests/attacks"); known["TestThatThereIsNot"] {
		t.Error("the control: a test that there is not was found")
	}
}

func anywhere(known map[string]map[string]bool, name string) bool {
	for _, tests := range known {
		if tests[name] {
			return true
		}
	}
	return false
}
