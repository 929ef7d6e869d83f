//go:build linux

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/evidence/trial"
)

// scopeSettings are what the flags of `strongroom scope` say.
type scopeSettings struct {
	settings
	out     string
	sales   int
	full    bool
	live    bool
	results string
	tree    string
}

const (
	// defaultSales of a report, and of a full one.
	defaultSales, fullSales = 5, 200
	// mostSales: key and canary forms of more than that would not fit well.
	mostSales = 5000
)

// scope is `strongroom scope`.
func scope(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "verify" {
		return scopeVerify(args[1:], stdout, stderr)
	}
	var s scopeSettings
	f := flags("scope", stderr, &s.settings)
	f.StringVar(&s.programs, "bin", defaultPrograms(), "`directory` of the built programs")
	f.StringVar(&s.out, "out", "", "`directory` of the report (scope below -var)")
	f.IntVar(&s.sales, "sales", 0, fmt.Sprintf("`number` of sales, in both terminals (%d; with -full %d)", defaultSales, fullSales))
	f.BoolVar(&s.full, "full", false, "also run the attack list and a minute of the simulation, from the source tree")
	f.StringVar(&s.results, "attacks", "", "`file` with go test -json of the attack list, instead of running it")
	f.StringVar(&s.tree, "tree", ".", "`directory` of the source tree, for the attack list and go.sum")
	f.BoolVar(&s.live, "live", false, "show it as it happens, on a page on loopback")
	f.StringVar(&s.listen, "listen", defaultScope, "loopback `address` of that page")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	if s.live {
		if s.sales == 0 {
			s.sales = liveSales
		}
		return s.show(ctx, stdout)
	}
	if s.out == "" {
		s.out = filepath.Join(s.home, "scope")
	}
	if s.sales == 0 {
		s.sales = defaultSales
		if s.full {
			s.sales = fullSales
		}
	}
	if s.sales < 1 || s.sales > mostSales {
		return fmt.Errorf("-sales is from 1 to %d", mostSales)
	}
	return s.report(ctx, stdout)
}

// defaultScope is the live page's address.
const defaultScope = "127.0.0.1:8424"

var errNotPassed = errors.New("the evidence is not complete: see the report's findings")

func (s *scopeSettings) report(ctx context.Context, stdout io.Writer) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "Demo keys, a software secure world, virtual test cards. Not a PCI-listed solution.")
	t, err := trial.Start(ctx, trial.Options{Programs: s.programs, Sales: s.sales, Self: []string{self},
		Say: func(format string, a ...any) { fmt.Fprintf(stdout, "  "+format+"\n", a...) }})
	if err != nil {
		return err
	}
	r, err := t.Run(ctx)
	if err == nil {
		err = s.complete(ctx, r, stdout)
	}
	if err == nil {
		err = t.SearchReport(r)
	}
	if err := errors.Join(err, t.Stop()); err != nil {
		return err
	}
	return s.seal(r, stdout)
}

// seal judges the report, writes it and says where it is.
func (s *scopeSettings) seal(r *evidence.Report, stdout io.Writer) error {
	key, err := evidence.DemoKey(filepath.Join(s.home, "scope.key"))
	if err != nil {
		return err
	}
	r.Judge()
	if err := evidence.Write(s.out, r, key); err != nil {
		return err
	}
	tellReport(s, r, stdout)
	if r.Verdict != evidence.Passed {
		return errNotPassed
	}
	return nil
}

func tellReport(s *scopeSettings, r *evidence.Report, out io.Writer) {
	fmt.Fprintf(out, "\n%s\n", r.Verdict)
	for _, f := range r.Findings {
		fmt.Fprintf(out, "  %s\n", f)
	}
	for _, w := range r.Worlds {
		fmt.Fprintf(out, "  %-24s %6d MB swept in %3d sweeps, found %d\n", w.Name, w.Bytes>>20, w.Sweeps, w.Found())
	}
	fmt.Fprintf(out, "  planted leaks found %d of %d\n\n%s\nverify it with: %s scope verify %s\n", r.Run.PlantedFound, r.Run.PlantedLeaks,
		filepath.Join(s.out, evidence.FileHTML), selfName(), s.out)
}

// scopeVerify is `strongroom scope verify DIR`.
func scopeVerify(args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("scope verify", stderr, &s)
	fingerprint := f.String("key", "", "`fingerprint` of the key that must have sealed it")
	if err := f.Parse(args); err != nil {
		return help(err)
	}
	if f.NArg() != 1 {
		return errors.New("one directory is needed: strongroom scope verify DIR")
	}
	seal, err := evidence.Verify(f.Arg(0), *fingerprint)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "unchanged since %s; sealed by the demo key %s\n", seal.Made.Format("2006-01-02 15:04:05 MST"), evidence.Fingerprint(seal.Key))
	if *fingerprint == "" {
		fmt.Fprintln(stdout, "whose key that is was not checked: name it with -key")
	}
	return nil
}
