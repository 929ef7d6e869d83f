//go:build linux

package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/strongroom-pos/strongroom/internal/doctor"
	"github.com/strongroom-pos/strongroom/internal/estate"
)

// ExitError ends the program with a code, when all that is to be said has been said.
type ExitError struct{ Code int }

// Error says the code alone.
func (e *ExitError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }

// examine is `strongroom doctor`.
func examine(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var all bool
	f := flags("doctor", stderr, &s)
	f.StringVar(&s.programs, "bin", defaultPrograms(), "`directory` of the built programs")
	f.BoolVar(&s.json, "json", false, "one JSON object on standard output")
	f.BoolVar(&all, "all", false, "also what is in order")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	var lane doctor.Lane
	if places, err := estate.Find(s.home); err == nil {
		lane = shoot(ctx, places).Lane
	}
	pages := map[string]string{"the merchant's page": defaultListen, "the PIN pad's page": defaultPINPad, "the card tray": defaultTray}
	r := doctor.Examine(doctor.This(s.programs, s.home, pages), lane)
	if s.json {
		if err := json.NewEncoder(stdout).Encode(r); err != nil {
			return err
		}
	} else {
		tellExamined(r, all, stdout)
	}
	if r.ExitCode() != 0 {
		return &ExitError{r.ExitCode()}
	}
	return nil
}

func tellExamined(r doctor.Report, all bool, out io.Writer) {
	for _, f := range r.Findings {
		if f.Result == doctor.OK && !all {
			continue
		}
		fmt.Fprintf(out, "%-5s %-14s %s (%s)\n", f.Result, f.Check, f.What, f.Code)
		if f.Do != "" {
			fmt.Fprintf(out, "%-20s → %s\n", "", f.Do)
		}
	}
	switch r.Result {
	case doctor.OK:
		fmt.Fprintf(out, "nothing wrong in %d checks\n", len(r.Findings))
	case doctor.Warn:
		fmt.Fprintln(out, "payments can be made; less is in force than could be")
	case doctor.Fail:
		fmt.Fprintln(out, "something must be done before payments can be made, or made well")
	}
}
