//go:build linux

package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
)

// card is `strongroom card`.
func card(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return errUsage
	}
	if args[0] == "read" || args[0] == "trace" {
		return look(ctx, args, stdout, stderr)
	}
	var s settings
	f := flags("card "+args[0], stderr, &s)
	names, err := mixed(f, args[1:])
	if err != nil {
		return help(err)
	}
	if args[0] == "list" && len(names) == 0 {
		return listCards(s.home, stdout)
	}
	if args[0] == "pin" && len(names) == 1 {
		return typePIN(ctx, s.home, names[0], stdout)
	}
	for _, m := range moves() {
		if m.takes(args[0], names) {
			return m.do(ctx, s.home, names, stdout)
		}
	}
	fmt.Fprint(stderr, usage)
	return errUsage
}

// mixed parses flags before and after names.
func mixed(f *flag.FlagSet, args []string) (names []string, err error) {
	for {
		if err := f.Parse(args); err != nil || f.NArg() == 0 {
			return names, err
		}
		names, args = append(names, f.Arg(0)), f.Args()[1:]
	}
}

func listCards(home string, out io.Writer) error {
	cards, err := bureau.LoadAll(estate.Wallet(home))
	if err != nil {
		return errors.New("no cards here yet; strongroom demo makes them")
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tENDS IN\tPIN\tHAS\t")
	for _, c := range cards {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", c.Name, c.Profile.PAN[len(c.Profile.PAN)-4:], c.PIN, c.Has(), c.Tells)
	}
	return t.Flush()
}
