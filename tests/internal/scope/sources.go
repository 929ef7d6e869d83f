package scope

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// File is one source file as it stands on disk, whatever its build tags.
type File struct {
	Path     string // relative to the module, with slashes
	Package  string // the name in its package clause
	Imports  []string
	Linkname bool   // has a directive that reaches into another package
	Tag      string // its build constraint, where that is one tag and nothing else
}

// Dir is the folder of the file.
func (f File) Dir() string { return path.Dir(f.Path) }

// Test tells whether the file is compiled into tests only.
func (f File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// foreignSuffixes are of files that are compiled or linked without an import
// clause that could be read.
var foreignSuffixes = []string{".s", ".S", ".c", ".cc", ".cpp", ".h", ".m", ".syso", ".swig", ".so", ".a", ".o"}

// Sources reads the imports of every Go file below root, and lists files in
// other languages that the go command would compile in. Folders that the go
// command ignores (testdata, and names that begin with a dot or an underscore)
// are left out.
func Sources(root string) (files []File, foreign []string, err error) {
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return ignored(rel, d.Name())
		}
		if slices.Contains(foreignSuffixes, path.Ext(rel)) {
			foreign = append(foreign, filepath.ToSlash(rel))
		}
		if path.Ext(rel) != ".go" {
			return nil
		}
		f, err := readFile(name, filepath.ToSlash(rel))
		files = append(files, f)
		return err
	})
	return files, foreign, err
}

func ignored(rel, name string) error {
	if rel == "bin" || rel == "var" || name == "testdata" || rel != "." && (name[0] == '.' || name[0] == '_') {
		return fs.SkipDir
	}
	return nil
}

func readFile(name, rel string) (File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return File{}, fmt.Errorf("read source: %w", err)
	}
	return parseFile(rel, text)
}

func parseFile(rel string, text []byte) (File, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), rel, text, parser.ImportsOnly)
	if err != nil {
		return File{}, fmt.Errorf("parse source: %w", err)
	}
	f := File{Path: rel, Package: parsed.Name.Name, Linkname: hasLinkname(text), Tag: tagOf(text)}
	for _, imp := range parsed.Imports {
		to, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			return File{}, fmt.Errorf("parse source: %s: %w", rel, err)
		}
		f.Imports = append(f.Imports, to)
	}
	return f, nil
}

// tagOf is the constraint "//go:build tag", and nothing for any other.
func tagOf(text []byte) string {
	for line := range strings.Lines(string(text)) {
		if expression, is := strings.CutPrefix(strings.TrimSpace(line), "//go:build "); is {
			if strings.Trim(expression, "abcdefghijklmnopqrstuvwxyz") == "" {
				return expression
			}
			return ""
		}
		if strings.HasPrefix(line, "package ") {
			return ""
		}
	}
	return ""
}

func hasLinkname(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "//go:linkname ") {
			return true
		}
	}
	return false
}
