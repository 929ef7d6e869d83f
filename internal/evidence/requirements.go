package evidence

import (
	_ "embed" // the table of requirements
	"encoding/json"
	"fmt"
	"slices"
)

// How sure a requirement's number and words are. The standards are licensed: nothing
// here quotes them.
const (
	MarkRead   = "read"        // in a public secondary source; the licensed text was not read
	MarkMemory = "from memory" // to be checked before anybody quotes it
)

// Requirement is a line of the table: what is asked for, what showed it, and how it
// came out in this run.
type Requirement struct {
	Standard    string   `json:"standard"`
	Number      string   `json:"number"`
	Mark        string   `json:"mark"`
	Requirement string   `json:"requirement"` // paraphrased
	Note        string   `json:"note,omitempty"`
	Surfaces    []string `json:"surfaces,omitempty"` // by id, of this run
	Worlds      []string `json:"worlds,omitempty"`   // by name, of this run
	Links       []string `json:"links,omitempty"`    // that terminal has none of
	Tests       []string `json:"tests,omitempty"`    // folder:name

	Results []TestResult `json:"results,omitempty"`
	Verdict Verdict      `json:"verdict"`
}

// TestResult is a test of a requirement.
type TestResult struct {
	Test    string  `json:"test"`
	Verdict Verdict `json:"verdict"`
}

//go:embed requirements.json
var requirementsFile []byte

// Requirements are the table without results.
func Requirements() ([]Requirement, error) {
	var out []Requirement
	if err := json.Unmarshal(requirementsFile, &out); err != nil {
		return nil, fmt.Errorf("reading the requirements: %w", err)
	}
	for _, r := range out {
		if r.Mark != MarkRead && r.Mark != MarkMemory {
			return nil, fmt.Errorf("requirement %s %s: its source is not marked", r.Standard, r.Number)
		}
	}
	return out, nil
}

// AddResults gives the table's tests what is known of them.
func (r *Report) AddResults(results Results) {
	for i := range r.Requirements {
		q := &r.Requirements[i]
		q.Results = nil
		for _, test := range q.Tests {
			q.Results = append(q.Results, TestResult{test, results.of(test).Verdict})
		}
	}
}

// InPart is the verdict of a requirement of which some of the evidence was gathered
// and passed, and the rest is not of this run.
const InPart Verdict = "in part"

// judgeRequirement: one that nothing of this run speaks for was not run.
func (r *Report) judgeRequirement(q *Requirement) {
	var all []Verdict
	for _, s := range r.Surfaces {
		if slices.Contains(q.Surfaces, s.ID) {
			all = append(all, s.Verdict)
		}
	}
	for _, w := range r.Worlds {
		if slices.Contains(q.Worlds, w.Name) {
			all = append(all, w.Verdict)
		}
	}
	for _, link := range q.Links {
		all = append(all, r.linked(link))
	}
	for _, t := range q.Results {
		all = append(all, t.Verdict)
	}
	q.Verdict = together(all)
}

func together(all []Verdict) Verdict {
	has := func(v Verdict) bool { return slices.Contains(all, v) }
	switch {
	case has(Failed):
		return Failed
	case has(Inconclusive):
		return Inconclusive
	case !has(Passed):
		return NotRun
	case has(NotRun):
		return InPart
	}
	return Passed
}

// linked tells whether terminal has no code of a package, and another program that is
// known to have it was seen to, which shows that it would be found.
func (r *Report) linked(name string) Verdict {
	here, elsewhere := NotRun, false
	for _, p := range r.Build.Programs {
		has, known := p.Links[name]
		switch {
		case !known:
		case p.Name != terminalProgram:
			elsewhere = elsewhere || has
		case has:
			return Failed
		default:
			here = Passed
		}
	}
	if here == Passed && !elsewhere {
		return Inconclusive
	}
	return here
}

const terminalProgram = "terminal"
