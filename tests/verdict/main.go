// Command verdict reads what `go test -json` writes and prints what a person
// wants of it: a line for each package, the whole output of what failed, and at
// the end one line with the numbers. It fails where a test failed, where a test
// was skipped (a missing tool must not look like success), and where no test
// ran at all.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of `go test -json`, see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

// tally counts top-level tests and keeps the output of all that has not passed.
type tally struct {
	out                     io.Writer
	output                  map[string][]string // by package and test
	passed, failed, skipped int
	broken                  int // packages that failed outside their tests
	failedIn                map[string]bool
}

func main() {
	t := &tally{out: os.Stdout, output: map[string][]string{}, failedIn: map[string]bool{}}
	if err := t.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "verdict:", err)
		os.Exit(1)
	}
	if !t.close() {
		os.Exit(1)
	}
}

func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			t.take(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read test output: %w", err)
		}
	}
}

// take handles one line; what is no event is printed as it is.
func (t *tally) take(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		fmt.Fprintf(t.out, "%s", line)
		return
	}
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "output":
		t.output[key] = append(t.output[key], e.Output)
	case "build-output":
		fmt.Fprint(t.out, e.Output)
	case "pass", "skip", "fail":
		t.end(e, key)
	}
}

func (t *tally) end(e event, key string) {
	switch {
	case e.Test == "":
		t.endPackage(e, key)
	case e.Action == "fail":
		t.show(key)
		t.failedIn[e.Package] = true
		t.count(e, &t.failed)
	case e.Action == "skip":
		if isTop(e.Test) {
			t.show(key)
		}
		t.count(e, &t.skipped)
	default:
		t.count(e, &t.passed)
	}
	delete(t.output, key)
}

func (t *tally) count(e event, n *int) {
	if isTop(e.Test) {
		*n++
	}
}

func isTop(test string) bool { return !strings.Contains(test, "/") }

func (t *tally) endPackage(e event, key string) {
	switch e.Action {
	case "fail":
		t.show(key)
		if !t.failedIn[e.Package] {
			t.broken++
		}
		fmt.Fprintf(t.out, "FAIL  %s  %.1fs\n", e.Package, e.Elapsed)
	case "pass":
		fmt.Fprintf(t.out, "ok    %s  %.1fs\n", e.Package, e.Elapsed)
	}
}

func (t *tally) show(key string) {
	for _, line := range t.output[key] {
		fmt.Fprint(t.out, line)
	}
}

// close prints the numbers and tells whether all is well.
func (t *tally) close() bool {
	for key, lines := range t.output {
		if pkg, test, _ := strings.Cut(key, "\x00"); test != "" {
			fmt.Fprintf(t.out, "%s: %s did not end\n%s", pkg, test, strings.Join(lines, ""))
			t.broken++
		}
	}
	fmt.Fprintf(t.out, "%d passed, %d failed, %d skipped\n", t.passed, t.failed+t.broken, t.skipped)
	return t.passed > 0 && t.failed+t.broken+t.skipped == 0
}
