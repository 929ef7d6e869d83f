//go:build linux

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

// look is `strongroom card read` and `strongroom card trace FILE`. PC/SC is the
// reader program's, so that program looks, and hides account data before a byte
// leaves it; this one passes on what it says.
func look(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var reader string
	var contactless bool
	f := flags("card "+args[0], stderr, &s)
	f.StringVar(&s.programs, "bin", defaultPrograms(), "`directory` of the built programs")
	f.StringVar(&reader, "reader", "", "part of the PC/SC reader's `name`; empty takes the first with a card")
	if args[0] == "read" {
		f.BoolVar(&s.json, "json", false, "one JSON object")
	} else {
		f.BoolVar(&contactless, "contactless", false, "the card lies on a contactless reader")
	}
	names, err := mixed(f, args[1:])
	if err != nil {
		return help(err)
	}
	var do []string
	switch {
	case args[0] == "read" && len(names) == 0:
		do = []string{"-read", fmt.Sprintf("-json=%t", s.json)}
	case args[0] == "trace" && len(names) == 1:
		do = []string{"-trace", names[0], fmt.Sprintf("-contactless=%t", contactless)}
	default:
		fmt.Fprint(stderr, usage)
		return errUsage
	}
	return runReader(ctx, s, append(do, "-reader", reader), stdout, stderr)
}

// runReader runs the reader program at the pcscd of the running lane, or at the
// machine's own where there is none.
func runReader(ctx context.Context, s settings, args []string, stdout, stderr io.Writer) error {
	path := filepath.Join(s.programs, "reader")
	if _, err := os.Stat(path); err != nil {
		return errors.New("the reader program is not in " + s.programs + "; build it with: make build")
	}
	c := exec.CommandContext(ctx, path, args...) //nolint:gosec // our own program
	c.Stdout, c.Stderr = stdout, stderr
	if lane, err := estate.Find(s.home); err == nil {
		c.Env = append(os.Environ(), "PCSCLITE_CSOCK_NAME="+filepath.Join(lane.Run, "pcscd", "pcscd.comm"))
	}
	if err := c.Run(); err != nil {
		return fmt.Errorf("looking at the card: %w", err)
	}
	return nil
}
