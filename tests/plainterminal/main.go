// Command plainterminal is the plain control terminal: one process that does
// what a usual payment terminal does, with account data, PIN and keys in ordinary
// Go memory, as strings and byte slices, and nothing wiped.
//
// It is what the product is compared with. The scraper must find in it what it
// must not find in the secure world (the positive control), and a protected sale
// is measured against its sale (the baseline). So it takes the card through the
// same connection (reader/iso7816, a virtual card without PC/SC), runs the same
// EMV kernel (reader/emv), sends the same messages under the same kinds of keys
// over the same TLS link, and makes as much durable as often; see journal.go.
//
// Tests start it. It must never be given a real card or a real key.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/strongroom-pos/strongroom/internal/plain/door"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "plainterminal:", err)
		os.Exit(1)
	}
}

type options struct {
	config string
	sales  int
	json   bool
	serve  bool
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("plainterminal", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.config, "config", "", "configuration, JSON `file`")
	flags.IntVar(&o.sales, "sales", 0, "make this `number` of sales with the configured cards")
	flags.BoolVar(&o.json, "json", false, "print each result as one JSON line")
	flags.BoolVar(&o.serve, "serve", false, "then take sales from standard input, a JSON line each, until it ends")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.config == "" || o.sales < 0 {
		return o, errors.New("-config is needed, and -sales is no negative number")
	}
	return o, nil
}

func run(ctx context.Context, args []string, in io.Reader, out, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	cfg, err := door.ReadConfig(o.config)
	if err != nil {
		return err
	}
	if o.sales > 0 && len(cfg.Cards) == 0 {
		return errors.New("there is no card to sell with")
	}
	t, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer t.close()
	for i := range o.sales {
		if err := show(out, o, t.sell(ctx, cfg.Cards[i%len(cfg.Cards)])); err != nil {
			return err
		}
	}
	if !o.serve {
		return nil
	}
	return serve(ctx, t, in, out)
}

// show prints a result for people or for programs. A sale that was not approved
// ends the program: the cards of a configuration are meant to be approved.
func show(out io.Writer, o options, r door.Result) error {
	if o.json {
		return json.NewEncoder(out).Encode(r)
	}
	_, err := fmt.Fprintf(out, "%s •••• %s approval %s, STAN %06d, %.1f ms, %d fsyncs\n",
		r.Outcome, r.LastFour, r.Approval, r.STAN, float64(r.Nanos)/1e6, r.Fsyncs)
	if err == nil && r.Outcome != door.Approved {
		err = fmt.Errorf("a sale ended as %s %s", r.Outcome, r.Error)
	}
	return err
}

// serve answers each line of in with one of out.
func serve(ctx context.Context, t *terminal, in io.Reader, out io.Writer) error {
	stop := context.AfterFunc(ctx, func() {
		if c, ok := in.(io.Closer); ok {
			_ = c.Close() // the decoder returns
		}
	})
	defer stop()
	lines := json.NewDecoder(in)
	answers := json.NewEncoder(out)
	for {
		var s door.Sale
		err := lines.Decode(&s)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return errors.New("a line is no sale")
		}
		if err := answers.Encode(t.sell(ctx, s)); err != nil {
			return err
		}
	}
}
