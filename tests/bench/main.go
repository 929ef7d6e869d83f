// Command bench measures what the protection costs, side by side in one run: each
// measurement beside a baseline that does the same work without the protection,
// in rounds that alternate, as medians.
//
// It prints a table and writes a JSON list of {name, value, unit, baseline,
// ratio}. It asserts nothing: a slow machine is no fault of the product.
//
// What a sale includes. Both start with the card in the slot and the amount
// given, and end with the durable outcome; both take a virtual card in the same
// process through reader/iso7816 (no PC/SC, no card delay), run the same EMV
// kernel with online PIN, talk to the same acquirer and element over TLS, and
// flush the disk equally often.
//
//   - Protected: command through the real mailbox, real boot, kernel and payment
//     application (fresh WebAssembly instance, secret memory), both devices'
//     doors with mutual TLS, orders, envelopes and durable key counters. Reader
//     and PIN pad stand in this process, on the product's own device package: a
//     scripted card and PIN in place of hardware. Not included: terminal's HTTP
//     interface and its SQLite journal.
//   - Baseline: the plain control terminal, one process, ordinary memory, asked
//     over a pipe.
//
// Kernel time is measured without a lane and without the card: kernels.go.
//
// It needs root and the programs in bin. `make bench` calls it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if os.Getenv(echoVariable) != "" {
		os.Exit(echo())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

type options struct {
	out, bin string
	sales    int
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.out, "out", "", "`file` for the results as JSON")
	flags.StringVar(&o.bin, "bin", "bin", "`folder` of the built programs")
	flags.IntVar(&o.sales, "sales", 100, "`number` of sales of each kind")
	return o, flags.Parse(args)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	rows, err := measure(ctx, o, stderr)
	if err != nil {
		return err
	}
	if err := tabulate(stdout, rows); err != nil || o.out == "" {
		return err
	}
	return write(o.out, rows)
}

// measure runs everything; the lane is up only as long as it is needed.
func measure(ctx context.Context, o options, stderr io.Writer) ([]Row, error) {
	var rows []Row
	derivations, err := measureDerivations()
	if err != nil {
		return nil, err
	}
	kernels, err := measureKernels()
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(stderr, "bringing up a lane to measure on …")
	l, err := newLane(ctx, o.bin, "")
	if err != nil {
		return nil, err
	}
	defer l.stop()
	for _, part := range []func() ([]Row, error){
		func() ([]Row, error) { return measureSales(l, o.sales) },
		func() ([]Row, error) { return measureMailbox(l) },
		func() ([]Row, error) { return measureServices(l) },
		func() ([]Row, error) { return derivations, nil },
		func() ([]Row, error) { return kernels, nil },
		func() ([]Row, error) { return measureTranslations(ctx, l) },
		func() ([]Row, error) { return measureInner(ctx) },
		func() ([]Row, error) { return measureLevels(ctx, o.bin, l) },
		func() ([]Row, error) { return measureRestarts(ctx, l) },
	} {
		some, err := part()
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}
