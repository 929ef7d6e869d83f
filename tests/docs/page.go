package docs

import (
	"errors"
	"fmt"
	"strings"
)

// block is one fenced block of commands, with what the page says that it prints.
type block struct {
	line      int // in the page, of the fence
	commands  string
	elsewhere bool // in another terminal
	prints    []string
}

const (
	fence     = "```"
	shell     = "sh"
	elsewhere = "sh another terminal"
	printed   = "text"
)

// blocks are a page's commands. A text block belongs to the commands directly above,
// with nothing but empty lines between.
func blocks(page string) (found []block, err error) {
	var open *block
	var language string
	var lines []string
	last := false // the block before is commands, and nothing came since
	for i, line := range strings.Split(page, "\n") {
		switch {
		case open == nil && strings.HasPrefix(line, fence):
			open, language, lines = &block{line: i + 1}, strings.TrimPrefix(line, fence), nil
		case open != nil && line == fence:
			switch {
			case language == shell || language == elsewhere:
				open.commands, open.elsewhere = strings.Join(lines, "\n"), language == elsewhere
				found, last = append(found, *open), true
			case language == printed && !last:
				return nil, fmt.Errorf("line %d shows an output of nothing", open.line)
			case language == printed:
				found[len(found)-1].prints, last = lines, false
			default:
				last = false
			}
			open = nil
		case open != nil:
			lines = append(lines, line)
		case strings.TrimSpace(line) != "":
			last = false
		}
	}
	for _, b := range found {
		if b.elsewhere && b.prints == nil {
			return nil, fmt.Errorf("line %d does not say what to wait for", b.line)
		}
	}
	if open != nil {
		return nil, fmt.Errorf("the fence of line %d is not closed", open.line)
	}
	return found, nil
}

// held reports what a page promises and the output does not have.
func held(output string, prints []string) error {
	rest := strings.Split(strings.TrimRight(output, "\n"), "\n")
	for _, want := range prints {
		want = strings.TrimSpace(want)
		if want == "" || want == "…" {
			continue
		}
		at := 0
		for at < len(rest) && !like(strings.TrimSpace(rest[at]), want) {
			at++
		}
		if at == len(rest) {
			return errors.New("it does not print: " + want)
		}
		rest = rest[at+1:]
	}
	return nil
}

// like reports whether a line is the one that a page shows.
func like(line, want string) bool {
	parts := strings.Split(want, "…")
	if len(parts) == 1 {
		return line == want
	}
	if !strings.HasPrefix(line, parts[0]) {
		return false
	}
	line = line[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(line, part)
		if !found {
			return false
		}
		line = after
	}
	return strings.HasSuffix(line, parts[len(parts)-1])
}
