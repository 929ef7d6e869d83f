//go:build linux

package child

import (
	"bytes"
	"os"
	"sync"
)

const (
	// keptLines are told when a program crashes: a reason and its trace.
	keptLines = 40
	// keptLine bounds a line; a program that writes none-ending ones is cut.
	keptLine = 500
)

// words is a program's output: all of it in a file, the newest lines at hand.
type words struct {
	mu      sync.Mutex
	file    *os.File // nil: no file wanted
	lines   []string
	open    []byte        // a line without its end
	display string        // what its display shows
	changed chan struct{} // closed when the display changes
}

func newWords(path string) (*words, error) {
	w := &words{changed: make(chan struct{})}
	if path == "" {
		return w, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	w.file = f
	return w, err
}

// Write never fails: a full disk must not stop a program that only logs.
func (w *words) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file != nil {
		_, _ = w.file.Write(b)
	}
	w.open = append(w.open, b...)
	for {
		line, rest, found := bytes.Cut(w.open, []byte("\n"))
		if !found {
			break
		}
		w.keep(line)
		w.open = rest
	}
	if len(w.open) > keptLine {
		w.keep(w.open)
		w.open = nil
	}
	return len(b), nil
}

func (w *words) keep(line []byte) {
	said := string(line[:min(len(line), keptLine)])
	w.lines = append(w.lines, said)
	w.see(said)
	if len(w.lines) > keptLines {
		w.lines = w.lines[1:]
	}
}

func (w *words) last() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := append([]string(nil), w.lines...)
	if len(w.open) > 0 {
		out = append(out, string(w.open))
	}
	return out
}

func (w *words) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file != nil {
		_ = w.file.Close() // it only keeps what was said
		w.file = nil
	}
}
