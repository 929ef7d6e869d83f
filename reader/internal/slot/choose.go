package slot

import "strings"

// Chooser attaches the one reader that the operator named, or the first that
// comes, to a slot, whatever comes and goes beside it.
type Chooser struct {
	Slot    *Slot
	Pattern string // part of the reader's name; empty takes the first
	Not     string // part of the names that are another slot's; empty for none

	chosen string
}

// Event is one change of one reader, as a watcher reports it.
type Event struct {
	Reader        string
	Lost          bool
	Present, Mute bool
}

// Report takes one event. It serves one goroutine.
func (c *Chooser) Report(e Event) {
	if c.chosen == "" && !e.Lost && c.wants(e.Reader) {
		c.chosen = e.Reader
	}
	switch {
	case e.Reader != c.chosen:
	case e.Lost:
		c.chosen = ""
		c.Slot.Detach()
	default:
		c.Slot.Attach(e.Reader, e.Present, e.Mute)
	}
}

func (c *Chooser) wants(name string) bool {
	return strings.Contains(name, c.Pattern) && (c.Not == "" || !strings.Contains(name, c.Not))
}
