package scope

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// StructNames returns the names of the messages and of the structs within them.
func StructNames(messages []any) map[string]bool {
	names := map[string]bool{}
	for _, m := range messages {
		gatherStructs(reflect.TypeOf(m), names)
	}
	return names
}

func gatherStructs(t reflect.Type, names map[string]bool) {
	switch t.Kind() {
	case reflect.Array, reflect.Slice:
		gatherStructs(t.Elem(), names)
	case reflect.Struct:
		names[t.Name()] = true
		for f := range t.Fields() {
			gatherStructs(f.Type, names)
		}
	}
}

// DeclaredStructs returns the exported structs that the files of a folder
// declare, tests apart.
func DeclaredStructs(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("list structs: %w", err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("list structs: %w", err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("list structs: %w", err)
		}
		names = append(names, structsOf(f)...)
	}
	return names, nil
}

func structsOf(f *ast.File) []string {
	var names []string
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() && isStruct(ts) {
				names = append(names, ts.Name.Name)
			}
		}
	}
	return names
}

func isStruct(ts *ast.TypeSpec) bool {
	_, ok := ts.Type.(*ast.StructType)
	return ok
}
