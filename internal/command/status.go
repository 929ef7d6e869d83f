//go:build linux

package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/doctor"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// status is `strongroom status`.
func status(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("status", stderr, &s)
	f.BoolVar(&s.json, "json", false, "one JSON object on standard output")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	lane, err := estate.Find(s.home)
	if err != nil {
		return err
	}
	now := shoot(ctx, lane)
	if s.json {
		return json.NewEncoder(stdout).Encode(now.asStatus())
	}
	if now.storageFault != "" {
		fmt.Fprintf(stdout, "storage    refused: %s\n", now.storageFault)
	}
	if now.silent != nil {
		return now.silent
	}
	now.tell(stdout)
	return nil
}

// Status is what `strongroom status --json` prints.
type Status struct {
	State      string            `json:"state"`
	TerminalID string            `json:"terminal_id"`
	MerchantID string            `json:"merchant_id"`
	Ready      string            `json:"ready"` // ready, degraded or not_ready
	Checks     map[string]bool   `json:"checks"`
	Card       string            `json:"card"` // at the reader
	Queue      doctor.Queue      `json:"queue"`
	Batch      settlement        `json:"batch"`
	Keys       []till.Key        `json:"keys"` // that are counted
	Security   till.Security     `json:"security"`
	Versions   versions          `json:"versions"`
	Acquirer   *doctor.Acquirer  `json:"acquirer"`
	Faults     map[string]uint64 `json:"faults"` // in which the acquirer misbehaved on purpose
	Storage    string            `json:"storage_fault"`
}

func (s *snapshot) asStatus() Status {
	return Status{State: s.Terminal.State, TerminalID: s.Terminal.TerminalID, MerchantID: s.Terminal.MerchantID,
		Ready: s.Ready.Status, Checks: s.Ready.Checks, Card: atReader(s.slot), Queue: s.Queue, Batch: s.batch, Keys: s.counted(),
		Security: s.Security, Versions: s.versions, Acquirer: s.Acquirer, Faults: s.health.Faults, Storage: s.storageFault}
}

// counted are the keys that are good for a number of uses, the one with the fewest
// first.
func (s *snapshot) counted() []till.Key {
	list := slices.DeleteFunc(slices.Clone(s.Keys), func(k till.Key) bool { return !k.Counted })
	slices.SortStableFunc(list, func(a, b till.Key) int { return int(a.Left) - int(b.Left) })
	return list
}

// tell prints one screen.
func (s *snapshot) tell(out io.Writer) {
	t := s.Terminal
	fmt.Fprintf(out, "terminal   %s, %s, %s\n", t.TerminalID, words(t.State), words(s.Ready.Status))
	fmt.Fprintf(out, "reader     connected %s, card %s\n", yes(t.ReaderConnected), atReader(s.slot))
	fmt.Fprintf(out, "PIN pad    connected %s\n", yes(t.PINPadConnected))
	s.tellAcquirer(out)
	fmt.Fprintf(out, "queue      %d waiting, %d reversals pending%s\n", s.Queue.Pending, t.Reversals.Pending, oldest(s.Queue))
	fmt.Fprintf(out, "batch      %d, %s: %d sales %s, %d refunds %s, net %s\n", s.batch.Batch, words(s.batch.State),
		s.batch.Ours.Sales.Count, s.money(s.batch.Ours.Sales.Amount), s.batch.Ours.Refunds.Count, s.money(s.batch.Ours.Refunds.Amount), s.money(s.batch.Ours.Net))
	s.tellKeys(out)
	s.tellForce(out)
	v := s.versions
	fmt.Fprintf(out, "versions   terminal %.12s (%s), kernel %d, started %d times, parameters %d\n", v.Terminal, v.Go, v.Kernel, v.KernelStarts, v.Parameters)
}

func oldest(q doctor.Queue) string {
	if q.Pending == 0 {
		return ""
	}
	return fmt.Sprintf(", the oldest for %d s", q.OldestSeconds)
}

func (s *snapshot) money(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s %s%d.%02d", s.batch.Currency, sign, minor/100, minor%100)
}

func (s *snapshot) tellAcquirer(out io.Writer) {
	t := s.Terminal
	fmt.Fprintf(out, "acquirer   signed on %s", yes(t.HostSignedOn))
	if a := s.Acquirer; a != nil {
		fmt.Fprintf(out, ", its elements answer %s, ledger balanced %s", yes(a.Elements), yes(a.Balanced))
	}
	fmt.Fprintln(out)
	if t.HostRefusal != "" && t.HostRefusal != "none" {
		fmt.Fprintf(out, "           it refused the sign-on: %s\n", words(t.HostRefusal))
	}
	if len(s.health.Faults) == 0 {
		return
	}
	fmt.Fprint(out, "           misbehaved on purpose:")
	for _, kind := range slices.Sorted(maps.Keys(s.health.Faults)) {
		fmt.Fprintf(out, " %s %d", words(kind), s.health.Faults[kind])
	}
	fmt.Fprintln(out)
}

func (s *snapshot) tellKeys(out io.Writer) {
	list := s.counted()
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(out, "keys       fewest uses left: %s, %s\n", list[0].Name, left(list[0]))
	if slices.Contains(s.Security.Notes, "host_keys_low") {
		fmt.Fprintln(out, "           the host key is nearly used up: strongroom keys")
	}
}

// tellForce says what is in force, and beside it what is not.
func (s *snapshot) tellForce(out io.Writer) {
	p := s.Security
	fmt.Fprintf(out, "in force   isolation %s, memory %s, storage root %s, attestation %s, app world %s, %s\n", words(p.Isolation),
		p.MemoryProtection, words(p.StorageRoot), words(p.Attestation), words(p.AppMeasurement), p.Environment)
	var off []string
	for _, layer := range slices.Sorted(maps.Keys(p.Layers)) {
		if !p.Layers[layer] {
			off = append(off, words(layer))
		}
	}
	for _, note := range p.Notes {
		if note != "host_keys_low" {
			off = append(off, words(note))
		}
	}
	fmt.Fprintf(out, "but        %s\n", strings.Join(off, ", "))
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
