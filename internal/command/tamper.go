//go:build linux

package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
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
func reversals(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("reversals", stderr, &s)
	f.BoolVar(&s.json, "json", false, "one JSON object, with the messages, on standard output")
	settle := f.String("settle", "", "bring what is in this `file` (as -json prints them; - for what was exported here) to the acquirer")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	if *settle != "" {
		return settleReversals(ctx, s, *settle, stdout)
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
	fmt.Fprintf(t, "\n%d prepared and not confirmed; strongroom reversals -settle - brings them to the acquirer\n", len(list.Reversals))
	return t.Flush()
}

// settleReversals is `strongroom reversals -settle`. Brought twice, they are settled
// once.
func settleReversals(ctx context.Context, s settings, file string, stdout io.Writer) error {
	list, err := reversalsOf(s.home, file)
	if err != nil {
		return err
	}
	lane, err := estate.Find(s.home)
	if err != nil {
		return err
	}
	var messages []string
	for _, r := range list.Reversals {
		messages = append(messages, r.Message)
	}
	out, err := lane.Desk.SettleReversals(ctx, messages)
	if err != nil {
		return err
	}
	open := 0
	for i, r := range out {
		fmt.Fprintf(stdout, "%s  %s\n", list.Reversals[i].Payment, fate(r))
		if !r.Settled {
			open++
		}
	}
	if open > 0 {
		return fmt.Errorf("%d of %d are open", open, len(out))
	}
	return nil
}

// fate says what became of a message. One that the acquirer judged and did not book is
// settled too: it is for people.
func fate(r desk.Settled) string {
	what := r.Kind
	if what == "offline" {
		what = "offline approval"
	}
	advice := r.Kind != "reversal" && r.Kind != "void"
	switch {
	case r.Refused != "":
		return "refused: " + words(r.Refused)
	case !r.Settled:
		return fmt.Sprintf("%s not settled: the acquirer answers %s", what, r.Response)
	case advice && r.Booked:
		return fmt.Sprintf("%s booked (%s)", what, r.Response)
	case advice:
		return fmt.Sprintf("%s not booked: the acquirer answers %s", what, r.Response)
	}
	return fmt.Sprintf("%s settled (%s)", what, r.Response)
}

func reversalsOf(home, file string) (list estate.Reversals, err error) {
	if file == "-" {
		return estate.ExportedReversals(home)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return list, err
	}
	if json.Unmarshal(b, &list) != nil {
		return list, errors.New("the file is no list of reversals")
	}
	return list, nil
}
