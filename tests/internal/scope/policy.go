// Package scope holds a program of this module to the packages that it may
// link. The policy is data (in package tests); this package compares it with
// what the go command lists and with what every source file says, whatever its
// build tags, and names each edge that no line allows and each line that
// nothing uses.
//
// It may be imported by tests only. It reads source files; it must never be
// told a secret.
package scope

import (
	"fmt"
	"path"
	"strings"
)

// Line is one entry of the policy: a path, and the reason for which it stands
// there.
type Line [2]string

// Path is what the line names.
func (l Line) Path() string { return l[0] }

// Reason is why it may.
func (l Line) Reason() string { return l[1] }

// Program is one binary and what may be linked into it. Paths of Own are
// relative to the module and may end in "/..."; Modules are module paths;
// Forbidden are packages of the standard library.
type Program struct {
	Name      string
	Dir       string
	GOOS      string // empty: this machine's
	GOARCH    string
	CGO       bool
	Tags      string // build tag of a variant; its files stand behind exactly this one
	Own       []Line
	Modules   []Line
	Forbidden []Line
}

// World is a part of the tree under one rule. A folder belongs to exactly one.
type World struct {
	Name   string
	Dirs   []string // relative folders; "x" is x alone, "x/..." is x and all below
	Banned []Line   // imports that no file of this world may have, tests apart
}

// Door is an exported package and the worlds that may import it.
type Door struct {
	Package   string
	Importers []Line // Path is a world's name
}

// Policy is the whole law of the layout.
type Policy struct {
	Module   string
	Programs []Program
	Worlds   []World
	Doors    []Door
	// Unlinked packages are in no program. Each needs a reason.
	Unlinked []Line
	// TestModules may be imported by tests and by unlinked packages.
	TestModules []Line
	// Foreign lists files that the Go compiler's import rules do not see into,
	// assembly and C among them, and files with a linkname directive.
	Foreign []Line
}

// Class says what kind of finding a problem is.
type Class int

// The classes of problems.
const (
	Refused Class = iota // an edge that no line allows: always an error
	Unused               // a line that nothing uses
	Missing              // something that the policy names is not there, or does not build
)

// Problem is one finding.
type Problem struct {
	Class Class
	Text  string
}

func refused(format string, a ...any) Problem { return Problem{Refused, fmt.Sprintf(format, a...)} }
func unused(format string, a ...any) Problem  { return Problem{Unused, fmt.Sprintf(format, a...)} }
func missing(format string, a ...any) Problem { return Problem{Missing, fmt.Sprintf(format, a...)} }

// covers tells whether the pattern "x" or "x/..." includes the path.
func covers(pattern, p string) bool {
	tree, ok := strings.CutSuffix(pattern, "/...")
	if !ok {
		return pattern == p
	}
	return p == tree || strings.HasPrefix(p, tree+"/")
}

// ledger remembers which lines of a list were used.
type ledger struct {
	lines []Line
	used  []bool
}

func newLedger(lines []Line) *ledger { return &ledger{lines, make([]bool, len(lines))} }

// allows finds the lines that match and marks them used.
func (l *ledger) allows(match func(pattern string) bool) bool {
	found := false
	for i, line := range l.lines {
		if match(line.Path()) {
			l.used[i], found = true, true
		}
	}
	return found
}

// rot names the lines that nothing used and those without a reason.
func (l *ledger) rot(where string) []Problem {
	var problems []Problem
	for i, line := range l.lines {
		if !l.used[i] {
			problems = append(problems, unused("%s: nothing uses the line %q", where, line.Path()))
		}
	}
	return append(problems, unreasoned(where, l.lines)...)
}

func unreasoned(where string, lines []Line) []Problem {
	var problems []Problem
	for _, line := range lines {
		if strings.TrimSpace(line.Reason()) == "" {
			problems = append(problems, refused("%s: the line %q gives no reason", where, line.Path()))
		}
	}
	return problems
}

// relative turns an import path of this module into a folder; the root is ".".
func (p *Policy) relative(importPath string) (string, bool) {
	if importPath == p.Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, p.Module+"/")
}

// isStandard tells a package of the standard library by the absence of a dot in
// its first element, as the go command does.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// isExported tells whether Go lets any package of the module import this one.
func isExported(dir string) bool {
	return !strings.Contains("/"+dir+"/", "/internal/") && path.Base(dir) != "main"
}
