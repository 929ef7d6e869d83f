package evidence

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Results are those of go test -json, by folder:name.
type Results map[string]Result

// Result of one test.
type Result struct {
	Verdict Verdict
	Seconds float64
}

const (
	// maxResultLine is far more than test2json writes in a line of output.
	maxResultLine = 1 << 20
	// module begins the packages' names.
	module = "github.com/strongroom-pos/strongroom/"
)

func (r Results) of(test string) Result {
	if found, ok := r[test]; ok {
		return found
	}
	return Result{Verdict: NotRun}
}

// Read adds what a stream of go test -json says. Lines that are no events are what a
// build writes, and left out. A test that was skipped was not run.
func (r Results) Read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxResultLine)
	for lines.Scan() {
		var e struct {
			Action, Package, Test string
			Elapsed               float64
		}
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Test == "" || strings.Contains(e.Test, "/") {
			continue
		}
		verdict, ok := map[string]Verdict{"pass": Passed, "fail": Failed, "skip": NotRun}[e.Action]
		if ok {
			r[strings.TrimPrefix(e.Package, module)+":"+e.Test] = Result{verdict, e.Elapsed}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading test results: %w", err)
	}
	return nil
}

// ReadAttacks reads the attack list, tables of Markdown: attack, test, folder, control,
// result. What is no line of a table is left out.
func ReadAttacks(in io.Reader) (out []Attack, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxResultLine)
	for lines.Scan() {
		f := strings.Split(strings.Trim(lines.Text(), "|"), " | ")
		if len(f) != 5 || !strings.HasPrefix(lines.Text(), "|") {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		if test := strings.Trim(f[1], "`"); strings.HasPrefix(test, "Test") {
			out = append(out, Attack{Attack: f[0], Test: test, In: strings.Trim(f[2], "`"), Control: f[3], Expect: f[4]})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the attack list: %w", err)
	}
	return out, nil
}

// AddAttacks puts the list together with what is known of its tests.
func (r *Report) AddAttacks(list []Attack, results Results, source string) {
	r.Attacks = Attacks{Source: source, Results: list}
	var all []Verdict
	for i := range list {
		found := results.of(list[i].In + ":" + list[i].Test)
		list[i].Verdict, list[i].Seconds = found.Verdict, found.Seconds
		all = append(all, found.Verdict)
	}
	r.Attacks.Verdict = together(all)
}
