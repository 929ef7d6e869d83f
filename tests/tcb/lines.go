package main

import (
	"bytes"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// counter counts each file once.
type counter struct {
	root  string
	lines map[string]int // by path
}

func (c *counter) of(l listed) (sum int, err error) {
	for _, path := range l.files() {
		n, err := c.file(path)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// folders counts all Go files that are no tests, for any operating system.
func (c *counter) folders(folders []string) (sum int, err error) {
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(c.root, folder), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() {
				if name := e.Name(); name == "testdata" || strings.HasSuffix(name, "test") {
					return filepath.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			n, err := c.file(path)
			sum += n
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return sum, nil
}

func (c *counter) file(path string) (int, error) {
	if n, known := c.lines[path]; known {
		return n, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // a source of this build
	if err != nil {
		return 0, err
	}
	n := notBlank(text)
	if strings.HasSuffix(path, ".go") {
		n = codeLines(text)
	}
	c.lines[path] = n
	return n, nil
}

// codeLines are those on which a token stands; a text of several lines stands on all.
func codeLines(text []byte) (n int) {
	var s scanner.Scanner
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(text))
	s.Init(file, text, nil, 0) // without comments
	last := 0
	for {
		at, tok, literal := s.Scan()
		if tok == token.EOF {
			return n
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue // not written
		}
		first := file.Line(at)
		end := first + strings.Count(literal, "\n")
		n += end - max(first-1, last)
		last = max(last, end)
	}
}

func notBlank(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) > 0 {
			n++
		}
	}
	return n
}
