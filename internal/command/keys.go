//go:build linux

package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
)

// keys is `strongroom keys`, and its one act.
func keys(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "load" {
		return loadKey(ctx, args[1:], stdout, stderr)
	}
	return listKeys(ctx, args, stdout, stderr)
}

// loadKey is `strongroom keys load`: the operator carries between the device and the
// acquirer's desk, which in a demo are on one machine.
func loadKey(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var acquirer string
	f := flags("keys load", stderr, &s)
	f.StringVar(&acquirer, "acquirer", "", "the acquirer's `folder`; empty: the demo's")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	lane, err := estate.Find(s.home)
	if err != nil {
		return err
	}
	if acquirer == "" {
		acquirer = estate.AcquirerFolder(s.home)
	}
	terminal, err := lane.Till.Terminal(ctx)
	if err != nil {
		return err
	}
	id, err := lane.LoadKey(ctx, acquirer, terminal.TerminalID)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "host key %X is loaded and the one before destroyed; the next sign-on uses it\n", id)
	return nil
}

// listKeys is `strongroom keys` by itself.
func listKeys(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var stages bool
	f := flags("keys", stderr, &s)
	f.BoolVar(&s.json, "json", false, "one JSON object on standard output")
	f.BoolVar(&stages, "stages", false, "the seven stages of each key's life instead")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	if stages {
		tellStages(stdout)
		return nil
	}
	lane, err := estate.Find(s.home)
	if err != nil {
		return err
	}
	list, err := lane.Till.Keys(ctx)
	if err != nil {
		return err
	}
	if s.json {
		return json.NewEncoder(stdout).Encode(map[string]any{"keys": list})
	}
	return tellKeys(list, time.Now(), stdout)
}

func tellKeys(list []till.Key, now time.Time, out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KEY\tALGORITHM\tCUSTODIAN\tSTATE\tCHECK\tAGE\tLEFT\tUSAGE")
	for _, k := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Name, k.Algorithm, k.Custodian, standing(k), orDash(k.CheckValue), age(k.Since, now), left(k), k.Usage)
	}
	return t.Flush()
}

func standing(k till.Key) string {
	if k.Reason != "" {
		return k.State + " (" + k.Reason + ")"
	}
	return k.State
}

func left(k till.Key) string {
	switch {
	case !k.Counted:
		return "-"
	case k.Low:
		return fmt.Sprintf("%d, replace it", k.Left)
	}
	return fmt.Sprint(k.Left)
}

func age(since string, now time.Time) string {
	born, err := time.Parse(time.RFC3339, since)
	if err != nil {
		return "-"
	}
	if d := now.Sub(born); d < 48*time.Hour {
		return d.Round(time.Minute).String()
	}
	return fmt.Sprintf("%d d", int(now.Sub(born).Hours()/24))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func tellStages(out io.Writer) {
	for _, k := range keyregistry.All() {
		fmt.Fprintf(out, "%s  (%s, %s)\n", k.Name, k.Custodian, k.Algorithm)
		for _, stage := range k.Stages.Named() {
			fmt.Fprintf(out, "  %-28s%s\n", stage[0], stage[1])
		}
	}
}
