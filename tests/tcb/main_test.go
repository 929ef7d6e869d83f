package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryFigureIsCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tcb.json")
	var text bytes.Buffer
	if err := run([]string{"-root", "../..", "-out", path, "-bin", t.TempDir()}, &text, os.Stderr); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f Figures
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Programs) != len(programs()) || len(f.Parts) != len(parts()) {
		t.Errorf("%d programs, %d parts", len(f.Programs), len(f.Parts))
	}
	for _, p := range f.Programs {
		if p.Folder == 0 || p.Own < p.Folder || p.OwnPackages == 0 || p.Standard == 0 || p.StandardPackages == 0 {
			t.Errorf("%+v", p)
		}
		for _, m := range p.Modules {
			if m.Lines == 0 || m.Packages == 0 || m.Version == "" {
				t.Errorf("%s: %+v", p.Name, m)
			}
		}
		if !strings.Contains(text.String(), p.Name) {
			t.Errorf("%s is not in the table", p.Name)
		}
	}
	for _, p := range f.Parts {
		if p.Lines == 0 {
			t.Errorf("%s has no lines", p.Name)
		}
	}
	for _, i := range f.Interfaces {
		if i.Count == 0 {
			t.Errorf("%s: nothing was counted", i.Name)
		}
	}
}

func TestLinesOfCodeAreThoseWithAToken(t *testing.T) {
	for text, want := range map[string]int{
		"package a\n":                                   1,
		"// Package a is.\npackage a\n\n\n":             1,
		"package a // with a comment\n":                 1,
		"package a\n\n/* two\nlines */\nvar x = 1\n":    2,
		"package a\n\nvar x = `three\nlines\nlong`\n":   4,
		"package a\n\nfunc f() {\n\n\t// c\n\tf()\n}\n": 4,
		"package a; var x = `a\nb`; var y = 2\n":        2,
	} {
		if got := codeLines([]byte(text)); got != want {
			t.Errorf("%q has %d lines", text, got)
		}
	}
}
