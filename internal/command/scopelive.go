//go:build linux

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/internal/evidence/live"
	"github.com/strongroom-pos/strongroom/internal/evidence/trial"
)

const (
	// liveSales are as many as have canary cards; sweeping then goes on.
	liveSales = 200
	// livePause is between two sales: so long that people can follow.
	livePause = 3 * time.Second
)

// show is `strongroom scope -live`.
func (s *scopeSettings) show(ctx context.Context, stdout io.Writer) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	page, err := live.Listen(ctx, s.listen)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- page.Serve(ctx) }()
	defer func() { end(); err = errors.Join(err, <-served) }()
	fmt.Fprintln(stdout, "Demo keys, a software secure world, virtual test cards. Not a PCI-listed solution.")
	t, err := trial.Start(ctx, trial.Options{Programs: s.programs, Sales: s.sales, Self: []string{self},
		Say: func(format string, a ...any) { fmt.Fprintf(stdout, "  "+format+"\n", a...) }})
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\nScope view   %s\nCtrl-C ends it.\n", page.URL())
	return errors.Join(t.Show(ctx, livePause, page.Tell), t.Stop())
}
