package boot

import (
	"bufio"
	"io"
	"os"
	"regexp"
	"strings"
)

// lastWords logs where a kernel fell, and not with what. Texts of panics and
// arguments in a trace can be data; names of functions, files and line numbers
// cannot.
func (b *Boot) lastWords(pipe *os.File) {
	defer pipe.Close()
	lines := bufio.NewScanner(pipe)
	for n := 0; n < maxLines && lines.Scan(); n++ {
		if said := clean(lines.Text()); said != "" {
			b.log.Warn("kernel said", "line", said)
		}
	}
	_, _ = io.Copy(io.Discard, pipe) // a full pipe would hold the kernel up
}

var (
	place    = regexp.MustCompile(`^\t?(\S+\.(?:go|s):\d+)`)
	function = regexp.MustCompile(`^((?:created by )?[A-Za-z][A-Za-z0-9_./*()\[\]-]*)\(`)
	digits   = regexp.MustCompile(`[0-9]{5,}`)
)

// clean returns what of a line may be logged, or nothing.
func clean(line string) string {
	line = line[:min(len(line), maxLine)]
	switch {
	case strings.HasPrefix(line, "kernel: "), strings.HasPrefix(line, "panic: runtime error"),
		strings.HasPrefix(line, "fatal error: "), strings.HasPrefix(line, "goroutine "):
		return digits.ReplaceAllString(line, "…")
	case strings.HasPrefix(line, "panic: "):
		return "panic (text withheld)"
	}
	if m := place.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	if m := function.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}
