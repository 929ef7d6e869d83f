// Command strongroom is the operator's command: it brings a whole lane up on one
// machine, makes a demo sale, inserts virtual cards and tells how a lane stands.
//
// It holds demo keys of every party at once and so belongs into no production.
// It starts programs and never links one.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/strongroom-pos/strongroom/internal/command"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/evidence/leak"
)

func main() {
	pcscbox.RunIfChild() // the card tray's process is this program too
	leak.RunIfChild()    // and the leaky program of the scope report
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command.Run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		var exit *command.ExitError
		if errors.As(err, &exit) {
			os.Exit(exit.Code) //nolint:gocritic // the deferred stop has nothing left to do
		}
		fmt.Fprintln(os.Stderr, "strongroom:", err)
		os.Exit(1) //nolint:gocritic // the deferred stop has nothing left to do
	}
}
