//go:build linux

package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/secureworld/control"
)

// tamper is `strongroom tamper`.
func tamper(args []string, stdout, stderr io.Writer) error {
	var s settings
	var really bool
	f := flags("tamper", stderr, &s)
	f.BoolVar(&really, "really", false, "the keys are gone for good")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	if !really {
		return errors.New("this erases every key of the secure world; say -really")
	}
	if err := through(s.home, (*control.Client).Tamper); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "the keys are being erased; strongroom reversals lists what was prepared and not sent")
	return nil
}

// reversals is `strongroom reversals`.
func reversals(args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("reversals", stderr, &s)
	f.BoolVar(&s.json, "json", false, "one JSON object, with the messages, on standard output")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	list, err := estate.ExportedReversals(s.home)
	if err != nil {
		return err
	}
	if s.json {
		return json.NewEncoder(stdout).Encode(list)
	}
	if list.Unread {
		fmt.Fprintln(stdout, "the journal could not be read: the acquirer's books alone tell what is open")
	}
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PAYMENT\tSTAN\tRRN\tAMOUNT\tCARD\tMESSAGE")
	for _, r := range list.Reversals {
		fmt.Fprintf(t, "%s\t%v\t%v\t%v %s\t%v\t%d bytes\n", r.Payment, r.STAN, r.RRN, r.Amount, r.Currency, r.Masked, len(r.Message)/2)
	}
	fmt.Fprintf(t, "\n%d prepared and not confirmed; the settlement of their day closes them\n", len(list.Reversals))
	return t.Flush()
}
