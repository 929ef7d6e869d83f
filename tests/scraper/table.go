//go:build linux

package scraper

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// Report is the result of a run.
type Report struct {
	Sales            int        `json:"sales"`
	Seconds          float64    `json:"seconds"`
	MemoryProtection string     `json:"memory_protection"`
	StorageRoot      string     `json:"storage_root"`
	Needles          int        `json:"needles"`
	Keys             int        `json:"keys"`
	Claims           []string   `json:"claims"`
	Exceptions       []string   `json:"exceptions"`
	Processes        []*Swept   `json:"processes"`
	Surfaces         []*Surface `json:"surfaces"`
	Verdict          string     `json:"verdict"` // passed, failed or inconclusive
	Findings         []string   `json:"findings,omitempty"`
}

// Surface is a place that is no memory: files, answers, output.
type Surface struct {
	Name     string   `json:"name"`
	Bytes    int64    `json:"bytes"`
	Parts    int      `json:"parts"` // files, or answers
	Hits     int      `json:"hits"`
	Control  bool     `json:"control"` // a planted leak, which must be found
	Examples []string `json:"examples,omitempty"`
}

// String is the report as people read it.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d sales in %.0f s, memory protection %s, %d needles of %d cards and %d keys\n\n",
		r.Sales, r.Seconds, r.MemoryProtection, r.Needles, r.Sales, r.Keys)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "process\tsweeps\tMiB swept\tsecret KiB\tregions\tpan\ttrack2\tpin\tkey\tmore\texceptions\t")
	for _, p := range r.Processes {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", p.Process, p.Sweeps, p.Bytes>>20, p.Unreadable>>10,
			p.Refused, p.Hits["pan"], p.Hits["track2"], p.Hits["pin"], p.Hits["key"], p.More, p.Exceptions)
	}
	_ = t.Flush()
	fmt.Fprintln(&b)
	t = tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "surface\tparts\tKiB\thits\t")
	for _, s := range r.Surfaces {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t\n", s.Name, s.Parts, s.Bytes>>10, s.Hits)
	}
	_ = t.Flush()
	fmt.Fprintf(&b, "\nverdict: %s\n", r.Verdict)
	for _, f := range r.Findings {
		fmt.Fprintln(&b, "  finding:", f)
	}
	for _, e := range r.Exceptions {
		fmt.Fprintln(&b, "  exception:", e)
	}
	return b.String()
}

func (r Report) write(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644) //nolint:gosec // results, no secret
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path) //nolint:gosec // a test's own directory
	if err != nil {
		return err
	}
	if json.Unmarshal(b, v) != nil {
		return fmt.Errorf("%s is not its JSON form", filepath.Base(path))
	}
	return nil
}
