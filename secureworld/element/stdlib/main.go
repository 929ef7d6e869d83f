// Command stdlib is the secure element that is written on Go's standard library:
// one make of several, behind the door that package element draws.
//
// It may hold: the acquirer's base derivation keys, the zone PIN key, the
// issuer's keys, and for the time of one operation a PIN. It must never give one
// of them out, write a file, or speak to anything but its socket. It is
// software, not a certified hardware security module.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "element:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("element", flag.ContinueOnError)
	flags.SetOutput(stderr)
	socket := flags.String("socket", "", "Unix `path` to listen on, mode 0600")
	keyFile := flags.String("keys", "", "key blocks, JSON `file`")
	kbpkFile := flags.String("kbpk", "", "key block protection key, `file` of 32 raw bytes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *socket == "" || *keyFile == "" || *kbpkFile == "" {
		return errors.New("-socket, -keys and -kbpk are needed")
	}
	if err := harden(); err != nil {
		return err
	}
	ops, wipe, err := loadKeys(*keyFile, *kbpkFile)
	if err != nil {
		return err
	}
	defer wipe()
	listener, err := listen(ctx, *socket)
	if err != nil {
		return err
	}
	fmt.Fprintln(stderr, "element: ready")
	return element.Serve(ctx, listener, ops)
}

// harden keeps the memory of this process from core files and from other
// processes of its user. What root does is not stopped.
func harden() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("making the process not dumpable: %w", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("turning off core files: %w", err)
	}
	return nil
}

// listen replaces a socket that an earlier run left behind. The mask makes it
// private from its first moment.
func listen(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		_ = os.Remove(path)
	}
	old := unix.Umask(0o177)
	defer unix.Umask(old)
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, errors.New("listening on the socket")
	}
	return l, nil
}
