// Package logs is how the programs outside the secure world log: one JSON object a
// line, with the keys time, level, msg and program in every one.
//
// A program does not log account data; that is the rule of who writes the line. This
// package is the second line behind it: a value that holds what could be a card
// number is replaced before it is written, and counted. It knows no other form than
// digits, so it takes no rule's place.
//
// Terminal and acquirer import it. It holds nothing.
package logs

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
)

// Removed stands where a card number would have stood.
const Removed = "[removed: looks like a card number]"

// Log is a logger and its count.
type Log struct {
	*slog.Logger
	scrubbed atomic.Uint64
}

// New returns the log of a program, which names it in each line.
func New(w io.Writer, program string) *Log {
	l := &Log{}
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: l.replace})
	l.Logger = slog.New(h).With("program", program)
	return l
}

// Scrubbed is how many values were replaced since the start. One is one too many:
// somewhere a program logs what it should not.
func (l *Log) Scrubbed() uint64 { return l.scrubbed.Load() }

// replace looks at the message and at each attribute, in whatever group.
func (l *Log) replace(_ []string, a slog.Attr) slog.Attr {
	key, value := holdsNumber(a.Key), holdsNumber(text(a.Value))
	if key || value {
		l.scrubbed.Add(1)
	}
	if key {
		a.Key = "removed"
	}
	if value {
		a.Value = slog.StringValue(Removed)
	}
	return a
}

// text is what the line would say of v.
func text(v slog.Value) string {
	if v = v.Resolve(); v.Kind() != slog.KindAny {
		return plain(v)
	}
	switch x := v.Any().(type) {
	case error:
		return x.Error()
	case []byte: // the line would say it in base64
		return string(x)
	case fmt.Stringer:
		return x.String() + "\n" + asJSON(x)
	default:
		return asJSON(x)
	}
}

// plain leaves times out: their digits are no number.
func plain(v slog.Value) string {
	switch v.Kind() {
	case slog.KindTime, slog.KindDuration, slog.KindBool:
		return ""
	}
	return v.String()
}

func asJSON(x any) string {
	b, err := json.Marshal(x)
	if err != nil {
		return "" // the line will say that it could not be written
	}
	return string(b)
}
