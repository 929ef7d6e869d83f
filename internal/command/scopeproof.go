//go:build linux

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/evidence"
)

// attackFolder has the attack list and most of its tests.
const attackFolder = "tests/attacks"

// complete adds what is not of the run itself: requirements, attacks, simulation, limits.
func (s *scopeSettings) complete(ctx context.Context, r *evidence.Report, stdout io.Writer) (err error) {
	if r.Requirements, err = evidence.Requirements(); err != nil {
		return err
	}
	r.Build.AddGoSum(s.tree)
	results, source, err := s.attackResults(ctx, r.Requirements, stdout)
	if err != nil {
		return err
	}
	list, err := s.attackList()
	if err != nil {
		return err
	}
	r.AddAttacks(list, results, source)
	r.AddResults(results)
	if err := s.simulate(ctx, r, stdout); err != nil {
		return err
	}
	r.State()
	return nil
}

// attackList is the one in the source tree; without the tree there is none.
func (s *scopeSettings) attackList() ([]evidence.Attack, error) {
	f, err := os.Open(filepath.Join(s.tree, attackFolder, "README.md"))
	if err != nil {
		return nil, nil //nolint:nilerr // not run, as the report then says
	}
	defer f.Close()
	return evidence.ReadAttacks(f)
}

func (s *scopeSettings) attackResults(ctx context.Context, required []evidence.Requirement, stdout io.Writer) (evidence.Results, string, error) {
	results := evidence.Results{}
	switch {
	case s.results != "":
		f, err := os.Open(s.results)
		if err != nil {
			return nil, "", err
		}
		defer f.Close()
		return results, "results of go test -json that were given with -attacks, not run here", results.Read(f)
	case !s.full:
		return results, "not run: strongroom scope -full runs it and the tests of the requirements from the source tree, -attacks FILE reads results of go test -json", nil
	}
	list, err := s.attackList()
	if err != nil {
		return nil, "", err
	}
	folders, names := wanted(list, required)
	fmt.Fprintf(stdout, "  running %d tests of the attack list and of the requirements, many minutes\n", len(names))
	return results, "run with this report, by go test -json from the source tree", s.test(ctx, folders, names, results, stdout)
}

// wanted are the folders and names of all tests that the report tells of.
func wanted(attacks []evidence.Attack, required []evidence.Requirement) (folders, names []string) {
	in, named := map[string]bool{}, map[string]bool{}
	for _, a := range attacks {
		in["./"+a.In], named[a.Test] = true, true
	}
	for _, q := range required {
		for _, t := range q.Tests {
			folder, name, _ := strings.Cut(t, ":")
			in["./"+folder], named[name] = true, true
		}
	}
	return slices.Sorted(maps.Keys(in)), slices.Sorted(maps.Keys(named))
}

// test runs tests one folder after the other: each may bring a lane up.
func (s *scopeSettings) test(ctx context.Context, folders, names []string, results evidence.Results, stdout io.Writer) error {
	args := []string{"test", "-json", "-count=1", "-p", "1", "-timeout", "60m", "-run", "^(" + strings.Join(names, "|") + ")$"}
	c := exec.CommandContext(ctx, "go", append(args, folders...)...) //nolint:gosec // names of this product's own lists
	c.Dir, c.Stderr = s.tree, stdout
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("running the attack list: %w", err)
	}
	err = results.Read(out)
	var failed *exec.ExitError
	if end := c.Wait(); end != nil && !errors.As(end, &failed) { // failed tests are in the results
		err = errors.Join(err, end)
	}
	return err
}

// simulate runs a bounded part of the simulation with a full report.
func (s *scopeSettings) simulate(ctx context.Context, r *evidence.Report, stdout io.Writer) error {
	r.Simulation = evidence.Simulation{Verdict: evidence.NotRun, Replay: "make sim SECONDS=60",
		Source: "not run: strongroom scope -full runs a minute of it from the source tree"}
	if !s.full {
		return nil
	}
	fmt.Fprintln(stdout, "  running a minute of the simulation")
	c := exec.CommandContext(ctx, "go", "run", "./tests/simulation", "-seconds", "60")
	c.Dir = s.tree
	out, err := c.CombinedOutput()
	r.Simulation.Verdict, r.Simulation.Source = evidence.Passed, "go run ./tests/simulation -seconds 60, run with this report"
	if err != nil {
		r.Simulation.Verdict = evidence.Failed
	}
	r.Simulation.Totals = evidence.Totals(out)
	return ctx.Err()
}
