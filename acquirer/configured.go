package main

import (
	"flag"
	"io"
	"log/slog"
	"os"

	"github.com/strongroom-pos/strongroom/internal/settings"
)

// configured reads flags, environment and file. What spoils answers is for flags alone.
func configured(f *flag.FlagSet, args []string) (*settings.Found, error) {
	return settings.Parse(f, args, settings.Options{
		Prefix: "STRONGROOM_ACQUIRER_", Environment: os.Environ(), FlagsOnly: []string{"fault", "misbehave"},
	})
}

// tell is -check-config: what the settings name is looked at, and nothing is started.
func tell(o options, w io.Writer) error {
	if _, err := tlsConfig(o); err != nil {
		return err
	}
	if _, err := o.upstream.link(slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	o.found.Write(w)
	return nil
}
