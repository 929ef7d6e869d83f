//go:build linux

package child

import "strings"

// onDisplay begins a line that a program's display shows.
const onDisplay = "display: "

// Display is what the program's display shows, as it wrote last, and a channel
// that is closed when that changes. Once the program has ended it is off: empty.
func (c *Child) Display() (string, <-chan struct{}) {
	select {
	case <-c.done:
		return "", nil
	default:
		return c.words.shown()
	}
}

// see is called with mu held.
func (w *words) see(line string) {
	text, ok := strings.CutPrefix(line, onDisplay)
	if !ok || text == w.display {
		return
	}
	w.display = text
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *words) shown() (string, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.display, w.changed
}
