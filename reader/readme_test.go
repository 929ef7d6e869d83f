package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// functionsHeading begins the tables that the test reads.
const functionsHeading = "\n## EMV functions\n"

var (
	backticked = regexp.MustCompile("`([^`]+)`")
	declared   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)\(`)
	named      = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z0-9]`)
)

func TestEveryEMVFunctionOfTheREADMENamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, faults := checkFunctions(string(text), testsOf)
	for _, f := range faults {
		t.Error(f)
	}
	if rows < 100 {
		t.Errorf("%d functions only", rows)
	}
}

func TestAREADMEThatNamesWhatIsNotThereIsSeen(t *testing.T) {
	const head = functionsHeading + "\n### Part: `here`\n\n| function | done | tested by | clause |\n|---|---|---|---|\n"
	tests := func(folder string) []string {
		return map[string][]string{"here": {"TestA"}, "there": {"TestB", "FuzzB"}}[folder]
	}
	for row, ok := range map[string]bool{
		"| f | yes | `TestA` | 1 |":                        true,
		"| f | yes, but | `TestA`; `there`: `FuzzB` | 1 |": true,
		"| f | kernel only: why | `TestA` | 1 |":           true,
		"| f | refused: why | – | 1 |":                     true,
		"| f | no: why | – | 1 |":                          true,
		"| f | no | – | 1 |":                               false,
		"| f | yes | – | 1 |":                              false,
		"| f | yes | `there` | 1 |":                        false,
		"| f | perhaps | `TestA` | 1 |":                    false,
		"| f | yes | `TestB` | 1 |":                        false,
		"| f | yes | `TestA`, `TestC` | 1 |":               false,
		"| f | yes | `nowhere`: `TestA` | 1 |":             false,
		"| f | yes | `TestA` |":                            false,
		"| f | yes | `TestA` | |":                          false,
	} {
		if rows, faults := checkFunctions(head+row+"\n", tests); rows != 1 || (len(faults) == 0) != ok {
			t.Errorf("%s: %d, %q", row, rows, faults)
		}
	}
}

// checkFunctions reads the tables. testsOf returns the names of a folder's tests,
// none for a folder that is not there.
func checkFunctions(readme string, testsOf func(folder string) []string) (rows int, faults []string) {
	_, section, _ := strings.Cut(readme, functionsHeading)
	section, _, _ = strings.Cut(section, "\n## ")
	folder := ""
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "### "):
			_, folder, _ = strings.Cut(strings.TrimSuffix(line, "`"), "`")
		case strings.HasPrefix(line, "| function |"), strings.HasPrefix(line, "|--"):
		case strings.HasPrefix(line, "|"):
			rows++
			if why := checkRow(line, folder, testsOf); why != "" {
				faults = append(faults, why+": "+line)
			}
		default:
			for _, name := range names(line) {
				if !slices.Contains(testsOf(folder), name) {
					faults = append(faults, "there is no "+name+" in "+folder)
				}
			}
		}
	}
	return rows, faults
}

func checkRow(line, folder string, testsOf func(string) []string) string {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	if len(cells) != 4 {
		return "not four columns"
	}
	for i := range cells {
		if cells[i] = strings.TrimSpace(cells[i]); cells[i] == "" {
			return "an empty column"
		}
	}
	tests := testsOf(folder)
	for _, m := range backticked.FindAllStringSubmatch(cells[2], -1) {
		if !named.MatchString(m[1]) {
			more := testsOf(m[1])
			if more == nil {
				return "there is no test in " + m[1]
			}
			tests = slices.Concat(tests, more)
		}
	}
	for _, name := range names(cells[2]) {
		if !slices.Contains(tests, name) {
			return "there is no " + name
		}
	}
	return checkDone(cells[1], len(names(cells[2])) > 0)
}

// checkDone: what is done is tested, and what is not has a reason.
func checkDone(done string, tested bool) string {
	switch word, reason, _ := strings.Cut(done, ":"); {
	case strings.HasPrefix(done, "yes"), strings.HasPrefix(done, "kernel only"):
		if !tested {
			return "done and not tested"
		}
	case strings.HasPrefix(done, "refused"), word == "no" && reason != "":
	default:
		return "neither done nor not"
	}
	return ""
}

func names(text string) (out []string) {
	for _, m := range backticked.FindAllStringSubmatch(text, -1) {
		if named.MatchString(m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// testsOf reads the tests of a folder of the tree.
func testsOf(folder string) (out []string) {
	files, _ := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for _, m := range declared.FindAllSubmatch(text, -1) {
			out = append(out, string(m[1]))
		}
	}
	return out
}
