//go:build linux

package command

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// status is `strongroom status`.
func status(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("status", stderr, &s)
	if err := parse(f, args); err != nil {
		return help(err)
	}
	lane, err := estate.Find(s.home)
	if err != nil {
		return err
	}
	if fault := lane.StorageFault(); fault != "" {
		fmt.Fprintf(stdout, "storage    refused: %s\n", fault)
	}
	t, err := lane.Till.Terminal(ctx)
	if err != nil {
		return err
	}
	slot, err := lane.Slot(ctx)
	if err != nil {
		return err
	}
	books, err := lane.Desk.Ledger(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "terminal   %s, %s\n", t.TerminalID, words(t.State))
	fmt.Fprintf(stdout, "reader     connected %s, card %s\n", yes(t.ReaderConnected), atReader(slot))
	fmt.Fprintf(stdout, "PIN pad    connected %s\n", yes(t.PINPadConnected))
	fmt.Fprintf(stdout, "acquirer   signed on %s, ledger balanced %s\n", yes(t.HostSignedOn), yes(books.Balanced()))
	if t.HostRefusal != "" && t.HostRefusal != "none" {
		fmt.Fprintf(stdout, "           it refused the sign-on: %s\n", words(t.HostRefusal))
	}
	tellFaults(ctx, lane, stdout)
	fmt.Fprintf(stdout, "reversals  %d pending\n", t.Reversals.Pending)
	if s, err := lane.Till.Security(ctx); err == nil && slices.Contains(s.Notes, "host_keys_low") {
		fmt.Fprintln(stdout, "keys       the host key is nearly used up: strongroom keys")
	}
	return nil
}

// tellFaults says how often the acquirer misbehaved on purpose, by kind.
func tellFaults(ctx context.Context, lane estate.Places, out io.Writer) {
	h, err := lane.Desk.Health(ctx)
	if err != nil || len(h.Faults) == 0 {
		return
	}
	fmt.Fprint(out, "           misbehaved on purpose:")
	for _, kind := range slices.Sorted(maps.Keys(h.Faults)) {
		fmt.Fprintf(out, " %s %d", words(kind), h.Faults[kind])
	}
	fmt.Fprintln(out)
}

func atReader(s virtualcard.TrayState) string {
	switch {
	case s.Field.Collision:
		return "two held to it"
	case s.Present && s.Field.Present:
		return "inserted, another held to it"
	case s.Present:
		return "inserted"
	case s.Field.Present:
		return "held to it"
	}
	return "none"
}
