package scope

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Package is one package of a program's closure.
type Package struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Module     *struct{ Path string }
	Error      *struct{ Err string }
}

// Closure is everything that one program links.
type Closure []Package

// List asks the go command for a program's closure on the program's platform.
// It returns fs.ErrNotExist where the program's folder holds no Go file.
func List(root string, p Program) (Closure, error) {
	if files, _ := filepath.Glob(filepath.Join(root, p.Dir, "*.go")); len(files) == 0 {
		return nil, fmt.Errorf("list %s: %w", p.Name, os.ErrNotExist)
	}
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Standard,Imports,Module,Error", "-tags="+p.Tags, "./"+p.Dir)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), p.environment()...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list %s: %w: %s", p.Name, err, stderr.String())
	}
	return decode(out)
}

func (p Program) environment() []string {
	env := []string{"CGO_ENABLED=0"}
	if p.CGO {
		env = []string{"CGO_ENABLED=1"}
	}
	if p.GOOS == "" {
		env = append(env, "GOFIPS140=v1.0.0") // as the Makefile builds
	} else {
		env = append(env, "GOOS="+p.GOOS, "GOARCH="+p.GOARCH)
	}
	return env
}

func decode(out []byte) (Closure, error) {
	var c Closure
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var p Package
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return nil, fmt.Errorf("decode package list: %w", err)
		}
		c = append(c, p)
	}
}

// CheckClosure compares what a program links with what it may link.
func (p *Policy) CheckClosure(prog Program, c Closure) []Problem {
	own, modules := newLedger(prog.Own), newLedger(prog.Modules)
	forbidden := newLedger(prog.Forbidden)
	var problems []Problem
	for _, pkg := range c {
		switch rel, ours := p.relative(pkg.ImportPath); {
		case pkg.Error != nil:
			problems = append(problems, missing("%s: %s does not load: %s", prog.Name, pkg.ImportPath, firstLine(pkg.Error.Err)))
		case ours && rel == prog.Dir:
		case ours && !own.allows(func(l string) bool { return covers(l, rel) }):
			problems = append(problems, refused("%s links %s%s", prog.Name, rel, c.through(pkg.ImportPath)))
		case pkg.Standard && forbidden.allows(func(l string) bool { return l == pkg.ImportPath }):
			problems = append(problems, refused("%s links the forbidden package %s%s", prog.Name, pkg.ImportPath, c.through(pkg.ImportPath)))
		case !ours && !pkg.Standard && !modules.allows(func(l string) bool { return l == pkg.module() }):
			problems = append(problems, refused("%s links module %s%s", prog.Name, pkg.module(), c.through(pkg.ImportPath)))
		}
	}
	problems = append(problems, own.rot(prog.Name)...)
	problems = append(problems, modules.rot(prog.Name)...)
	return append(problems, unreasoned(prog.Name, prog.Forbidden)...)
}

func (p Package) module() string {
	if p.Module == nil {
		return p.ImportPath
	}
	return p.Module.Path
}

// through names the first packages that import the path, to show where to look.
func (c Closure) through(importPath string) string {
	var by []string
	for _, p := range c {
		if slices.Contains(p.Imports, importPath) && len(by) < 3 {
			by = append(by, p.ImportPath)
		}
	}
	if len(by) == 0 {
		return ""
	}
	return " (imported by " + strings.Join(by, ", ") + ")"
}

// Text writes the closure for people to read in a diff: our packages, modules,
// and the standard library without its inner parts, which change with every
// release of Go.
func (c Closure) Text(p *Policy) string {
	var own, modules, std []string
	for _, pkg := range c {
		rel, ours := p.relative(pkg.ImportPath)
		switch {
		case ours:
			own = append(own, rel)
		case !pkg.Standard:
			modules = append(modules, pkg.module())
		case !isInner(pkg.ImportPath):
			std = append(std, pkg.ImportPath)
		}
	}
	return section("packages of this module", own) + section("modules", modules) + section("standard library", std)
}

func isInner(importPath string) bool {
	return strings.Contains("/"+importPath+"/", "/internal/") || strings.HasPrefix(importPath, "vendor/")
}

func section(title string, list []string) string {
	slices.Sort(list)
	list = slices.Compact(list)
	return "# " + title + "\n" + strings.Join(append(list, ""), "\n")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
