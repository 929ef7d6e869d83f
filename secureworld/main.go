// Secureworld is boot, the processor of the secure world: it verifies the kernel
// image and starts it in a sandbox. See package internal/boot.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/strongroom-pos/strongroom/secureworld/internal/boot"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

func main() {
	if spawn.Held() {
		os.Exit(spawn.Hold())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "secureworld:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("secureworld", flag.ContinueOnError)
	flags.SetOutput(stderr)
	path := flags.String("config", "", "configuration file (JSON)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *path == "" {
		return errors.New("-config is needed")
	}
	cfg, err := boot.ReadConfig(*path)
	if err != nil {
		return err
	}
	b, err := boot.New(cfg, slog.New(slog.NewJSONHandler(stderr, nil)).With("program", "secureworld"))
	if err != nil {
		return err
	}
	return b.Run(ctx)
}
