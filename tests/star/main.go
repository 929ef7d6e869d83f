// Command star measures how groups of secure elements grow into a star: throughput over
// the number of groups, a group that comes or goes under load, a server that dies, and
// a branch that is cut off.
//
// The bus, its servers, its registry, MCUs, members and clients are the real ones, with
// the whole protocol; only the operation within a member is a stand-in, which takes as
// long as a payment card does (70 to 190 ms, one at a time), so that what is measured
// is the star and not this machine's cores. Whether they were the limit shows beside
// each rate: the cores that this process kept busy, and by how much cards took longer
// than they should, as they do where the process has to wait for a core.
//
// It prints a table and writes a JSON list of {name, value, unit, baseline, ratio} and
// what is known of a ratio's spread. It asserts nothing; its tests assert what must hold on any machine. `make bench-star`
// calls it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	if os.Getenv(serverVariable) != "" {
		os.Exit(serverMain(os.Stdin, os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "star:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// row is one figure. Ratio is value over baseline, both in unit; 0 where there is none.
type row struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit"`
	Baseline float64 `json:"baseline,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"`

	// Of several rounds, where Value and Ratio are the median or the mean.
	Least   float64 `json:"least,omitempty"`   // ratio
	Most    float64 `json:"most,omitempty"`    // ratio
	Error   float64 `json:"error,omitempty"`   // standard error of the ratio
	Samples uint64  `json:"samples,omitempty"` // answers
	Cores   float64 `json:"cores,omitempty"`   // that this process kept busy
	Late    float64 `json:"late,omitempty"`    // share by which cards took longer than they should
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("star", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "", "`file` for the figures as JSON")
	window := flags.Duration("window", 8*time.Second, "`duration` of each measurement")
	rounds := flags.Int("rounds", 5, "`number` of measurements of each size")
	if err := flags.Parse(args); err != nil {
		return err
	}
	rows, err := measure(ctx, plan{*window, max(*rounds, 1)}, stderr)
	if err != nil {
		return err
	}
	if err := tabulate(stdout, rows); err != nil || *out == "" {
		return err
	}
	text, err := json.MarshalIndent(rows, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(*out, append(text, '\n'), 0o644)
}

func tabulate(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tvalue\tunit\tbaseline\tratio\tspread\terror\tsamples\tcores\tlate")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%.1f\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Value, r.Unit, number(r.Baseline, 1), number(r.Ratio, 3),
			spread(r), number(r.Error, 3), number(float64(r.Samples), 0), number(r.Cores, 3), number(r.Late, 3))
	}
	return t.Flush()
}

func spread(r row) string {
	if r.Most == 0 {
		return ""
	}
	return fmt.Sprintf("%.3f to %.3f", r.Least, r.Most)
}

func number(v float64, digits int) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.*f", digits, v)
}
