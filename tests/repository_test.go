package tests

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/tests/internal/tidy"
)

// What each check refuses is shown in package tidy, by planting it.
func TestRepositoryHoldsNothingThatMustNotBeThere(t *testing.T) {
	files := trackedFiles(t)
	if !slices.Contains(files, "go.mod") {
		t.Fatal("go.mod is not among the tracked files: the check is blind")
	}
	for _, name := range files {
		for _, problem := range readTidy(t, name).Problems() {
			t.Error(problem)
		}
	}
}

func TestRepositoryEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, name := range trackedFiles(t) {
		if path.Ext(name) != ".go" || strings.Contains("/"+name, "/testdata/") {
			continue
		}
		dir := path.Dir(name)
		if !strings.HasSuffix(name, "_test.go") || dir == "tests" {
			documented[dir] = documented[dir] || hasPackageComment(t, readTidy(t, name).Text)
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestRepositoryAMissingPackageCommentIsSeen(t *testing.T) {
	for text, want := range map[string]bool{
		"// Package a is.\npackage a\n":    true,
		"package a\n":                      false,
		"//go:build x\n\npackage a\n":      false,
		"// Detached.\n\npackage a\n":      false,
		"/*\nPackage a is.\n*/\npackage a": true,
		"//go:build x\npackage a\n":        false,
		"// Code by hand.\npackage a\n\n":  false,
	} {
		if got := hasPackageComment(t, []byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// hasPackageComment wants the comment that godoc shows, in the form it asks for.
func hasPackageComment(t *testing.T, text []byte) bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Error(err)
		return false
	}
	doc := f.Doc.Text()
	return strings.HasPrefix(doc, "Package "+f.Name.Name+" ") || strings.HasPrefix(doc, "Command ") ||
		f.Name.Name == "main" && doc != ""
}

func readTidy(t *testing.T, name string) tidy.File {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return tidy.File{Path: name, Text: text}
}

// trackedFiles are the files that git has or would take: a slip is found before
// it is committed.
func trackedFiles(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = moduleRoot(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git does not list the files: %v", err)
	}
	var files []string
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		info, err := os.Lstat(filepath.Join(moduleRoot(t), name))
		if err == nil && info.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	return files
}
