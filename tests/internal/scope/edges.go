package scope

import (
	"slices"
	"strings"
)

// testWorld is the world of what proves the product and is in no part of it.
const testWorld = "tests"

// Closures holds what each program links, by the program's name.
type Closures map[string]Closure

// CheckSources holds every import clause of every file to the policy: the
// file's world, the programs that link its package, and the doors.
func (p *Policy) CheckSources(files []File, foreign []string, linked Closures) []Problem {
	c := newCensus(p, linked)
	for _, f := range files {
		c.take(f)
	}
	for _, name := range foreign {
		c.alien(name)
	}
	return append(c.problems, c.rot()...)
}

// census goes through all files once and remembers which lines were used.
type census struct {
	*Policy
	linkers     map[string][]Program // by folder
	unlinked    *ledger
	testModules *ledger
	foreign     *ledger
	doors       map[string]*ledger // by folder
	dirs        map[string]bool    // world patterns that a file matched
	exported    map[string]bool    // folders of exported packages with a file
	orphans     map[string]bool    // folders that no program links and no line lists
	problems    []Problem
}

func newCensus(p *Policy, linked Closures) *census {
	c := &census{
		Policy: p, linkers: linkers(p, linked),
		unlinked: newLedger(p.Unlinked), testModules: newLedger(p.TestModules), foreign: newLedger(p.Foreign),
		doors: map[string]*ledger{}, dirs: map[string]bool{}, exported: map[string]bool{}, orphans: map[string]bool{},
	}
	for _, d := range p.Doors {
		c.doors[d.Package] = newLedger(d.Importers)
	}
	return c
}

// linkers maps each folder to the programs that link it.
func linkers(p *Policy, linked Closures) map[string][]Program {
	by := map[string][]Program{}
	for _, prog := range p.Programs {
		for _, pkg := range linked[prog.Name] {
			if rel, ours := p.relative(pkg.ImportPath); ours {
				by[rel] = append(by[rel], prog)
			}
		}
	}
	return by
}

func (c *census) refuse(format string, a ...any) {
	c.problems = append(c.problems, refused(format, a...))
}

func (c *census) take(f File) {
	w, ok := c.worldOf(f)
	if !ok {
		return
	}
	if f.Linkname {
		c.alien(f.Path)
	}
	if f.Test() {
		c.takeTest(f, w)
		return
	}
	if isExported(f.Dir()) && f.Package != "main" {
		c.exported[f.Dir()] = true
	}
	if len(c.linkers[f.Dir()]) == 0 {
		c.requireUnlinked(f.Dir())
	}
	for _, to := range f.Imports {
		c.checkBan(f, w, to)
		c.checkLinkers(f, to)
		c.checkDoor(f, w, to)
	}
}

// worldOf finds the one world of a file.
func (c *census) worldOf(f File) (World, bool) {
	var found []World
	for _, w := range c.Worlds {
		if slices.ContainsFunc(w.Dirs, func(d string) bool { return c.matchDir(d, f.Dir()) }) {
			found = append(found, w)
		}
	}
	if len(found) != 1 {
		c.refuse("%s belongs to %d worlds, not to one", f.Path, len(found))
		return World{}, false
	}
	return found[0], true
}

func (c *census) matchDir(pattern, dir string) bool {
	if !covers(pattern, dir) {
		return false
	}
	c.dirs[pattern] = true
	return true
}

// requireUnlinked names a package that no program links, once.
func (c *census) requireUnlinked(dir string) {
	if c.isUnlinked(dir) || c.orphans[dir] {
		return
	}
	c.orphans[dir] = true
	c.problems = append(c.problems, missing("%s is linked by no program and not listed as unlinked", dir))
}

func (c *census) isUnlinked(dir string) bool {
	return c.unlinked.allows(func(l string) bool { return covers(l, dir) })
}

func (c *census) checkBan(f File, w World, to string) {
	for _, ban := range w.Banned {
		if ban.Path() == to {
			c.refuse("%s (world %s) imports %s, which is banned there: %s", f.Path, w.Name, to, ban.Reason())
		}
	}
}

// checkLinkers holds an import to each program that links the file's package,
// even where a build tag hides the file from the go command.
func (c *census) checkLinkers(f File, to string) {
	programs := c.linkers[f.Dir()]
	for _, prog := range variants(programs, f.Tag) {
		if !c.mayLink(prog, to) {
			c.refuse("%s imports %s, which %s may not link", f.Path, to, prog.Name)
		}
	}
	if len(programs) == 0 && c.isUnlinked(f.Dir()) && !c.isOwn(to) && !isStandard(to) && !c.isTestModule(to) {
		c.refuse("%s imports %s, which is no module for tests", f.Path, to)
	}
}

// variants are the programs that compile a file behind a tag: those that are built with
// it, where there are such; else all, since any might be.
func variants(programs []Program, tag string) []Program {
	built := slices.DeleteFunc(slices.Clone(programs), func(p Program) bool { return tag == "" || p.Tags != tag })
	if len(built) == 0 {
		return programs
	}
	return built
}

func (c *census) mayLink(prog Program, to string) bool {
	if rel, ours := c.relative(to); ours {
		return rel == prog.Dir || containsLine(prog.Own, func(l string) bool { return covers(l, rel) })
	}
	if to == "C" {
		return prog.CGO
	}
	if isStandard(to) {
		return !containsLine(prog.Forbidden, func(l string) bool { return l == to })
	}
	return containsLine(prog.Modules, func(l string) bool { return covers(l+"/...", to) })
}

// checkDoor holds an import of an exported package, or of any other that has an
// entry, to the worlds that may have it.
func (c *census) checkDoor(f File, w World, to string) {
	rel, ours := c.relative(to)
	if !ours || rel == f.Dir() {
		return
	}
	door, listed := c.doors[rel]
	if !listed {
		if isExported(rel) {
			c.refuse("%s imports %s, an exported package without an entry among the doors", f.Path, rel)
		}
		return
	}
	if !door.allows(func(l string) bool { return l == w.Name }) {
		c.refuse("%s imports %s, which world %s may not", f.Path, rel, w.Name)
	}
}

// takeTest holds a test to modules that are known; what it imports of ours is
// Go's own rule on internal packages. A door's line for the tests of the whole
// product is used by such a test.
func (c *census) takeTest(f File, w World) {
	if w.Name == testWorld {
		c.useDoors(f)
	}
	if len(c.linkers[f.Dir()]) == 0 && !c.isUnlinked(f.Dir()) {
		return // named as an orphan already
	}
	for _, to := range f.Imports {
		if c.isOwn(to) || isStandard(to) || c.isTestModule(to) || c.anyMayLink(f.Dir(), to) {
			continue
		}
		c.refuse("%s imports %s, which is no module for tests", f.Path, to)
	}
}

func (c *census) useDoors(f File) {
	for _, to := range f.Imports {
		if rel, ours := c.relative(to); ours && c.doors[rel] != nil {
			c.doors[rel].allows(func(l string) bool { return l == testWorld })
		}
	}
}

func (c *census) anyMayLink(dir, to string) bool {
	return slices.ContainsFunc(c.linkers[dir], func(prog Program) bool { return c.mayLink(prog, to) })
}

func (c *census) isOwn(to string) bool {
	_, ours := c.relative(to)
	return ours
}

func (c *census) isTestModule(to string) bool {
	return c.testModules.allows(func(l string) bool { return covers(l+"/...", to) })
}

func (c *census) alien(name string) {
	if !c.foreign.allows(func(l string) bool { return covers(l, name) }) {
		c.refuse("%s reaches past Go's import clauses and is not listed", name)
	}
}

// rot names everything in the policy that no file used.
func (c *census) rot() []Problem {
	problems := append(c.unlinked.rot("unlinked"), c.testModules.rot("modules for tests")...)
	problems = append(problems, c.foreign.rot("foreign files")...)
	for _, d := range c.Doors {
		problems = append(problems, c.doors[d.Package].rot("door "+d.Package)...)
	}
	for _, w := range c.Worlds {
		problems = append(problems, unreasoned("world "+w.Name, w.Banned)...)
		for _, d := range w.Dirs {
			if !c.dirs[d] {
				problems = append(problems, missing("world %s: no file in %s", w.Name, d))
			}
		}
	}
	return append(problems, c.undeclared()...)
}

// undeclared names exported packages that no entry mentions, imported or not.
// What is unlinked may be imported by tests only and needs no entry.
func (c *census) undeclared() []Problem {
	var problems []Problem
	for dir := range c.exported {
		if _, listed := c.doors[dir]; !listed && !c.isUnlinked(dir) {
			problems = append(problems, refused("%s is an exported package without an entry among the doors", dir))
		}
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Text, b.Text) })
	return problems
}

func containsLine(lines []Line, match func(string) bool) bool {
	return slices.ContainsFunc(lines, func(l Line) bool { return match(l.Path()) })
}
