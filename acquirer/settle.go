package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
)

// settle is the command that writes a settlement file: acquirer settle -db … -out FILE.
// It needs the books alone, and may run beside the nodes.
func settle(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("acquirer settle", flag.ContinueOnError)
	flags.SetOutput(stderr)
	db := flags.String("db", "", "SQLite `file` or PostgreSQL URL of the books")
	out := flags.String("out", "", "`file` to write, which must not be there")
	number := flags.Int64("number", 0, "write the file of this `number` once more; 0: a new one, of all closed batches that are in none")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *db == "" || *out == "" || *number < 0 || flags.NArg() > 0 {
		return errors.New("settle: -db and -out are needed")
	}
	h, err := host.Open(ctx, host.Config{Database: *db, Now: time.Now})
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // it was committed
	f, err := os.OpenFile(*out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.New("settle: the file is there already, or cannot be made")
	}
	p, err := h.Settle(ctx, f, *number)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(*out) // a new file's batches, where they are committed, come with -number
		return err
	}
	_, err = fmt.Fprintf(stderr, "settlement file %d: %d batches, %d items\n", p.Number, p.Batches, p.Items)
	return err
}
