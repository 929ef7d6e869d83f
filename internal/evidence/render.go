package evidence

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

//go:embed report.html.tmpl
var page string

//go:embed report.css
var style string

// HTML is the report as one page: no script, no request, its own style.
func (r *Report) HTML() ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"number": func(n int) string { return number(int64(n)) }, "size": size, "mark": mark, "cell": cell,
		"short": func(s string) string { return s[:min(12, len(s))] },
		"slug":  func(v Verdict) string { return strings.ReplaceAll(string(v), " ", "-") },
		"style": func() template.CSS { return template.CSS(style) }, //nolint:gosec // a file of this package
		"join":  func(s []string) string { return strings.Join(s, ", ") },
		"test":  func(s string) string { return s[strings.LastIndexByte(s, ':')+1:] },
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, r); err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}
	return b.Bytes(), nil
}

// mark is a verdict's sign, beside its word: colour alone says nothing.
func mark(v Verdict) string {
	switch v {
	case Passed:
		return "✓"
	case Failed:
		return "✗"
	case Inconclusive:
		return "?"
	case InPart:
		return "◐"
	}
	return "–"
}

// cell is a form's control in the matrix: a sign, and what it means.
func cell(s string) map[string]string {
	return map[string]string{
		"sign": map[string]string{CellFound: "✓", CellMissed: "✗", CellCannot: "·", CellClosed: "○", CellControl: "?"}[s],
		"word": map[string]string{CellFound: "planted and found", CellMissed: "planted and not found", CellCannot: "cannot stand there",
			CellClosed: "members are not opened there", CellControl: "no control was planted"}[s],
		"class": strings.ReplaceAll(s, " ", "-"),
	}
}

// Meaning says what the verdict says and what it does not.
func (r *Report) Meaning() string {
	switch r.Verdict {
	case Passed:
		return "In this run each claim below held, and each control found what was planted for it. It says nothing about a standard."
	case Failed:
		return "In this run something was found where nothing may be, or an attack or invariant ended otherwise than it must. The findings say which."
	}
	return "Nothing is shown: a control is missing or did not find what was planted, or something could not be searched. The findings say which. Zero hits mean nothing here."
}

// Shown says what the run showed, and only where it did.
func (r *Report) Shown() string {
	if r.Verdict != Passed {
		return "Whether the app world held account data is not shown by this report: see the verdict."
	}
	return "What is shown is narrower: in this run the app world (terminal, with the page that it serves) held no account data, PIN or key on any surface listed below, as far as the listed forms go; and the same scanners found what was planted for them."
}

// Left says what of the report was not run.
func (r *Report) Left() string {
	var left []string
	for _, part := range []struct {
		name    string
		verdict Verdict
	}{{"the attack list", r.Attacks.Verdict}, {"the simulation", r.Simulation.Verdict}} {
		switch part.verdict {
		case NotRun:
			left = append(left, part.name+" was not run")
		case InPart:
			left = append(left, part.name+" was run in part")
		}
	}
	if len(left) == 0 {
		return ""
	}
	return "With this report " + strings.Join(left, ", and ") + "."
}

// InAppWorld is how often anything was found in the app world: memory and surfaces.
func (r *Report) InAppWorld() int {
	n := 0
	for _, w := range r.Worlds {
		if w.Column == AppWorld {
			n += w.Found()
		}
	}
	for _, s := range r.Surfaces {
		if s.Column == AppWorld {
			n += s.Hits
		}
	}
	return n
}

// InControl is how often the plain control terminal was found to hold something.
func (r *Report) InControl() int {
	n := 0
	for _, w := range r.Worlds {
		if w.Column == Control {
			n += w.Found()
		}
	}
	return n
}

// Searched is all that was searched of the lane, in bytes.
func (r *Report) Searched() int64 {
	var n int64
	for _, w := range r.Worlds {
		n += w.Bytes
	}
	for _, s := range r.Surfaces {
		n += s.Bytes
	}
	return n
}

// Counts tells how many requirements came out how.
func (r *Report) Counts() map[Verdict]int {
	out := map[Verdict]int{}
	for _, q := range r.Requirements {
		out[q.Verdict]++
	}
	return out
}

// AttackCounts likewise.
func (r *Report) AttackCounts() map[Verdict]int {
	out := map[Verdict]int{}
	for _, a := range r.Attacks.Results {
		out[a.Verdict]++
	}
	return out
}

// Evidence is what of this run speaks for a requirement, in words.
func (q Requirement) Evidence() string {
	var all []string
	if len(q.Surfaces) > 0 {
		all = append(all, "searched: "+strings.Join(q.Surfaces, ", "))
	}
	if len(q.Worlds) > 0 {
		all = append(all, "memory of "+strings.Join(q.Worlds, ", "))
	}
	if len(q.Links) > 0 {
		all = append(all, "the file terminal has no code of "+strings.Join(q.Links, ", "))
	}
	return strings.Join(all, "; ")
}

// number writes thousands apart.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
