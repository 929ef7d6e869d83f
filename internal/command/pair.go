//go:build linux

package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

var errNoTills = errors.New("the terminal does not listen for tills: start the lane with -lan ADDRESS:PORT")

// pair is `strongroom pair`: what the merchant does at the terminal when a till is to
// be paired.
func pair(ctx context.Context, args []string, in io.Reader, stdout, stderr io.Writer) error {
	var s settings
	var name, scopes, end string
	var list bool
	f := flags("pair", stderr, &s)
	f.StringVar(&name, "name", "", "begin with a till of this `name`, which then scans the code; empty: wait for one that asks")
	f.StringVar(&scopes, "scopes", "pay", "what that till may do: pay, refund, batch, admin, parted by commas")
	f.BoolVar(&list, "list", false, "list the paired tills and end")
	f.StringVar(&end, "end", "", "end the pairing of this `till`, as the list names it")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	lane, err := estate.Find(s.home)
	if err != nil {
		return err
	}
	switch t := lane.Till; {
	case list:
		return listPaired(ctx, t, stdout)
	case end != "":
		return t.EndPairing(ctx, end)
	case name != "":
		if err := t.AskForPairing(ctx, name, strings.Split(scopes, ",")); err != nil {
			return err
		}
		return seePairing(ctx, t, stdout)
	default:
		return answerPairing(ctx, t, in, stdout)
	}
}

func listPaired(ctx context.Context, t *till.Till, out io.Writer) error {
	clients, err := t.Clients(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range clients {
		seen := c.LastSeenAt
		if seen == "" {
			seen = "not since the start"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\tpaired %s\tseen %s\n", c.ID, c.Name, strings.Join(c.Scopes, ","), c.CreatedAt, seen)
	}
	return w.Flush()
}

// answerPairing waits for a till that asks, and asks the merchant.
func answerPairing(ctx context.Context, t *till.Till, in io.Reader, out io.Writer) error {
	fmt.Fprintln(out, "Waiting for a till that asks. Ctrl-C ends.")
	p, err := awaitPairing(ctx, t, "waiting", "confirmed")
	if err != nil {
		return err
	}
	r := p.Request
	if r.Status == "waiting" {
		fmt.Fprintf(out, "%q at %s asks for: %s. Pair it? [y/N] ", r.Name, r.From, strings.Join(r.Scopes, ", "))
		line, _ := bufio.NewReader(in).ReadString('\n') // nothing is no
		yes := strings.EqualFold(strings.TrimSpace(line), "y")
		if err := t.Decide(ctx, r.ID, yes); err != nil || !yes {
			return err
		}
	}
	return seePairing(ctx, t, out)
}

// seePairing shows code and QR and tells how it ends.
func seePairing(ctx context.Context, t *till.Till, out io.Writer) error {
	p, err := t.Pairing(ctx)
	if err != nil {
		return err
	}
	if p.Request == nil || p.Request.Code == "" {
		return errors.New("the request has ended")
	}
	drawn, err := t.PairingQR(ctx, p.Request.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%s\ncode %s %s for %d s, at %s\nA code is typed only into a till that knows this key: %s\n",
		drawn, p.Request.Code[:4], p.Request.Code[4:], p.Request.ExpiresIn, p.URL, p.SPKI)
	p, err = awaitPairing(ctx, t, "completed", "rejected", "expired", "burned")
	if err != nil {
		return err
	}
	fmt.Fprintln(out, p.Request.Status)
	if p.Request.Status != "completed" {
		return errors.New("the till is not paired")
	}
	return nil
}

// awaitPairing looks every half second whether the last request stands so.
func awaitPairing(ctx context.Context, t *till.Till, statuses ...string) (till.Pairing, error) {
	for {
		p, err := t.Pairing(ctx)
		if err != nil || !p.Enabled {
			return p, errors.Join(err, onlyWhen(err == nil, errNoTills))
		}
		for _, s := range statuses {
			if p.Request != nil && p.Request.Status == s {
				return p, nil
			}
		}
		select {
		case <-ctx.Done():
			return p, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func onlyWhen(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}
