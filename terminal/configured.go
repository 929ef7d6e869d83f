package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"

	configuration "github.com/strongroom-pos/strongroom/internal/settings"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
)

var (
	errOverridden = errors.New("in production the environment does not say otherwise than the file of settings")
	errRuntime    = errors.New("in production neither GODEBUG nor GOTRACEBACK is set: they change how the program encrypts and what it leaves behind when it fails")
	errDemoFlag   = errors.New("-environment is said in the file of settings or by a flag, not by the environment")
)

// configured reads flags, environment and file.
func configured(f *flag.FlagSet, args []string) (*configuration.Found, error) {
	return configuration.Parse(f, args, configuration.Options{Prefix: "STRONGROOM_TERMINAL_", Environment: os.Environ()})
}

// inProduction refuses what a demo may do.
func (s *settings) inProduction(environment []string) error {
	set := func(name string) bool {
		return slices.ContainsFunc(environment, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	}
	switch {
	case s.found.Source("environment") == configuration.Environment:
		return errDemoFlag
	case s.environment != "production":
		return nil
	case len(s.found.Overridden) > 0:
		return errOverridden
	case set("GODEBUG") || set("GOTRACEBACK"):
		return errRuntime
	}
	return nil
}

// tell is -check-config: what the settings name is looked at, and nothing is started.
func (s *settings) tell(w io.Writer) error {
	if _, err := session.Dialer(s.mailbox); err != nil {
		return err
	}
	s.found.Write(w)
	return nil
}
