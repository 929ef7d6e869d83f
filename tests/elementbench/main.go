// Command elementbench measures secure elements: PIN translations under AES-256
// DUKPT, from the least that a processor must do up to a verified answer of several
// isolated elements, side by side in one run, the best of three.
//
// Every figure is operations per second of processor time, of all processes and
// threads that the operation keeps busy, the garbage collector and both ends of a
// socket included: what one core does, whatever else the machine does meanwhile. The
// counters of the terminals go up, with eight one-bits on average.
//
// It prints a table and writes a JSON list of {name, per_core_second, against, ratio,
// wanted}. It asserts nothing: a slow machine is no fault of the product.
//
// With -portable it runs another build of itself (-tags stdaes), whose engine has the
// standard library's AES. `make bench-elements` calls it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "elementbench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// gcPercent is that of the Go make's program.
const gcPercent = 800

type options struct {
	out, bin, portable string
	engine             bool
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("elementbench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.out, "out", "", "`file` for the results as JSON")
	flags.StringVar(&o.bin, "bin", "bin", "`folder` of the built programs")
	flags.StringVar(&o.portable, "portable", "", "build of this `program` without assembly")
	flags.BoolVar(&o.engine, "engine", false, "measure the engine of this build alone, and print JSON")
	return o, flags.Parse(args)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	debug.SetGCPercent(gcPercent)
	w, err := newWork()
	if err != nil {
		return err
	}
	if o.engine {
		rows, err := measurePrimitives()
		if err != nil {
			return err
		}
		engine, err := measureEngine(w)
		rows = append(rows[:1], engine...)
		return errors.Join(err, json.NewEncoder(stdout).Encode(rows))
	}
	rows, err := measure(ctx, o, w, stderr)
	if err != nil {
		return err
	}
	if err := tabulate(stdout, rows); err != nil || o.out == "" {
		return err
	}
	return write(o.out, rows)
}

func measure(ctx context.Context, o options, w *work, stderr io.Writer) ([]Row, error) {
	var all []Row
	for _, part := range []struct {
		name string
		do   func() ([]Row, error)
	}{
		{"primitives", func() ([]Row, error) { return measurePrimitives() }},
		{"the engine", func() ([]Row, error) { return measureEngine(w) }},
		{"the engine without assembly", func() ([]Row, error) { return measurePortable(ctx, o.portable) }},
		{"an isolated element", func() ([]Row, error) { return measureIsolated(ctx, o, w) }},
		{"groups", func() ([]Row, error) { return measureGroups(ctx, o, w, stderr) }},
	} {
		fmt.Fprintf(stderr, "measuring %s …\n", part.name)
		rows, err := part.do()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		all = append(all, rows...)
	}
	return compare(all), nil
}
