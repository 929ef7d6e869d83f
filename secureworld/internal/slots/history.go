package slots

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
)

const (
	historyFile = "history"
	entryForm   = "%d %d %d %d %d\n"
)

// Note adds a line to the history, of which the last are kept.
func (s *Slots) Note(now time.Time, event control.Event, p control.Place, why control.Reason, version uint64) error {
	list := append(s.History(), control.Entry{Time: now.Unix(), Event: event, Place: p, Reason: why, Version: version})
	var text []byte
	for _, e := range list[max(0, len(list)-control.MaxEvents):] {
		text = fmt.Appendf(text, entryForm, e.Time, e.Event, e.Place, e.Reason, e.Version)
	}
	if err := durable.Replace(s.disk, s.path(historyFile), text); err != nil {
		return fmt.Errorf("slots: %w", err)
	}
	return nil
}

// History is what happened, oldest first. Nothing rests on it: what cannot be
// read is left out.
func (s *Slots) History() []control.Entry {
	raw, err := os.ReadFile(s.path(historyFile))
	if err != nil {
		return nil
	}
	var list []control.Entry
	for line := range bytes.Lines(raw) {
		var e control.Entry
		_, err := fmt.Sscanf(string(line), entryForm, &e.Time, (*byte)(&e.Event), (*byte)(&e.Place), (*byte)(&e.Reason), &e.Version)
		if err == nil && len(list) < control.MaxEvents {
			list = append(list, e)
		}
	}
	return list
}
