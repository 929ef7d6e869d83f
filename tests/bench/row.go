package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"
)

// Row is one result. Value and Baseline are medians in Unit; Ratio is Value
// divided by Baseline.
type Row struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit"`
	Baseline float64 `json:"baseline"`
	Ratio    float64 `json:"ratio"`
}

func row(name, unit string, value, baseline float64) Row {
	r := Row{Name: name, Value: value, Unit: unit, Baseline: baseline}
	if baseline != 0 {
		r.Ratio = value / baseline
	}
	return r
}

func tabulate(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "measured\tvalue\tbaseline\tunit\tratio\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%.4g\t%.4g\t%s\t%.3g\t\n", r.Name, r.Value, r.Baseline, r.Unit, r.Ratio)
	}
	return t.Flush()
}

func write(path string, rows []Row) error {
	b, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644) //nolint:gosec // results, no secret
}

// median of a list that it sorts.
func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// quantile of a sorted list.
func quantile(d []time.Duration, q float64) time.Duration {
	return d[min(len(d)-1, int(q*float64(len(d))))]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// rates measures how often a second each of two functions can be done: rounds
// that alternate, and the median of the rounds.
func rates(a, b func() error) (rateA, rateB float64, err error) {
	const rounds, round = 7, 150 * time.Millisecond
	var ofA, ofB []time.Duration
	for range rounds {
		for _, one := range []struct {
			f  func() error
			to *[]time.Duration
		}{{a, &ofA}, {b, &ofB}} {
			each, err := timeEach(one.f, round)
			if err != nil {
				return 0, 0, err
			}
			*one.to = append(*one.to, each)
		}
	}
	return perSecond(median(ofA)), perSecond(median(ofB)), nil
}

// timeEach repeats f for about d and returns the time that one took.
func timeEach(f func() error, d time.Duration) (time.Duration, error) {
	begun := time.Now()
	for n := 1; ; n++ {
		if err := f(); err != nil {
			return 0, err
		}
		if passed := time.Since(begun); passed >= d {
			return passed / time.Duration(n), nil
		}
	}
}

func perSecond(each time.Duration) float64 { return float64(time.Second) / float64(each) }
