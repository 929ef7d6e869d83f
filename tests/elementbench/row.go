package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// Row is one result: operations per second of processor time, and where it is held
// against another one, their ratio and what is wanted of it.
type Row struct {
	Name    string  `json:"name"`
	Rate    float64 `json:"per_core_second"`
	Against string  `json:"against,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
	Wanted  float64 `json:"wanted,omitempty"`
}

// compare fills the ratios in.
func compare(rows []Row) []Row {
	rates := map[string]float64{}
	for _, r := range rows {
		rates[r.Name] = r.Rate
	}
	for i := range rows {
		if base := rates[rows[i].Against]; base != 0 {
			rows[i].Ratio = rows[i].Rate / base
		}
	}
	return rows
}

func tabulate(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PIN translations, AES-256, eight bits\t1/s of a core\tratio\twanted\tagainst")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%.4g\t%s\t%s\t%s\n", r.Name, r.Rate, number(r.Ratio), number(r.Wanted), r.Against)
	}
	return t.Flush()
}

func number(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", v)
}

func write(path string, rows []Row) error {
	b, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
