package settings

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Limits of a file.
const (
	maxFile = 64 << 10 // some hundred times what a program's keys need
	maxLine = 4 << 10  // two of the longest paths that Linux has room for do not fit, one does
)

type line struct {
	number     int
	key, value string
}

// read reads a file that nobody but its owner can write: who writes it decides what the
// program trusts.
func read(path string) ([]line, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.New("the file of settings cannot be read")
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil || !info.Mode().IsRegular():
		return nil, errors.New("the file of settings is no regular file")
	case info.Mode().Perm()&0o022 != 0:
		return nil, errors.New("the file of settings can be written by others than its owner: chmod go-w")
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(b) > maxFile {
		return nil, fmt.Errorf("the file of settings cannot be read, or has more than %d bytes", maxFile)
	}
	return parse(string(b))
}

func parse(text string) (lines []line, err error) {
	seen := map[string]bool{}
	number := 0
	for raw := range strings.Lines(text) {
		number++
		l, given, err := parseLine(raw)
		switch {
		case err == nil && given && seen[l.key]:
			err = errors.New("the key stands there twice")
		case err == nil && !given:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("line %d of the settings: %w", number, err)
		}
		seen[l.key], l.number = true, number
		lines = append(lines, l)
	}
	return lines, nil
}

// parseLine reads "key = value", the value bare or in double quotes. given is false for
// an empty line and a comment.
func parseLine(raw string) (l line, given bool, err error) {
	s := strings.TrimSpace(raw)
	if s == "" || s[0] == '#' {
		return l, false, nil
	}
	key, value, there := strings.Cut(s, "=")
	l.key, l.value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch {
	case !there || len(s) > maxLine || !isKey(l.key):
		return l, true, errors.New("not of the form key = value")
	case strings.ContainsFunc(l.value, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }):
		return l, true, errors.New("the value holds what is no character")
	case strings.HasPrefix(l.value, `"`):
		l.value, err = unquote(l.value)
	case strings.Contains(l.value, " #"):
		err = errors.New("a comment stands on a line of its own, or the value in quotes")
	}
	return l, true, err
}

func isKey(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// unquote reads a value in quotes, in which \" and \\ stand for themselves.
func unquote(s string) (string, error) {
	v, err := strconv.Unquote(s)
	if err != nil || quote(v) != s {
		return "", errors.New("the quotes are not closed, or a backslash stands before what is no quote")
	}
	return v, nil
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// quoted is a value as it can stand in a file.
func quoted(s string) string {
	if l, _, err := parseLine("k=" + s); err == nil && l.value == s && s != "" && s == strings.TrimSpace(s) {
		return s
	}
	return quote(s)
}
