//go:build linux

// Package build is `strongroom provision`: the acts of the device build as
// commands for people and build systems. Every command names a role, an act and
// the role's folder; the acts are those of package provision.
//
// Secrets never come as arguments: a PIN or a passphrase is read from a file
// descriptor that the caller names, or typed at the terminal without being shown.
// Output never replaces a file.
//
// Only the operator's command imports it. It holds a PIN or a passphrase for one
// call.
package build

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/strongroom-pos/strongroom/internal/provision/role"
)

// ErrUsage ends a call that was not understood; the usage was printed.
var ErrUsage = errors.New("see the usage above")

// act is one command.
type act struct {
	role  role.Name // empty: no role's
	name  string
	words string
	flags []string // what it takes, besides -state
	run   func(*call) error
}

func acts() []act {
	return append(append(append(manufacturerActs(), customerActs()...), developerActs()...), otherActs()...)
}

// Run runs `strongroom provision ROLE ACT …`.
func Run(_ context.Context, args []string, stdout, stderr io.Writer) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	for _, a := range acts() {
		words := strings.Fields(string(a.role) + " " + a.name)
		if len(args) < len(words) || strings.Join(args[:len(words)], " ") != strings.Join(words, " ") {
			continue
		}
		c := newCall(a, stdout, stderr)
		if err := c.parse(args[len(words):]); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil
			}
			return err
		}
		if err := a.run(c); err != nil {
			return fmt.Errorf("provision %s: %w", strings.Join(words, " "), err)
		}
		return nil
	}
	usage(stderr)
	return ErrUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "strongroom provision ROLE ACT builds devices; each role has a folder and keys of its own (-h after an act: its flags)\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, a := range acts() {
		fmt.Fprintf(t, "  %s\t%s\n", strings.TrimSpace(string(a.role)+" "+a.name), a.words)
	}
	_ = t.Flush()
}

// write puts a result where it was asked for, and replaces nothing.
func write(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // named by the operator
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}
