// Package program is what the program of every make of secure element does besides its
// operations: flags, hardening, keys, and one of two doors. Alone, an element serves
// the door of package element to a host that it trusts; as member of a group, that of
// package group/door to an MCU that it does not.
//
// The programs of elements alone import it. It holds a key block protection key until
// the make has opened its keys.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/listener"
)

// AllVerbs are those that element.Handle knows.
const AllVerbs uint32 = 1<<(element.KindOpenAccountUnder+1) - 1<<element.KindStatus

// Make is one make of element.
type Make struct {
	Name  string // "stdlib", "gcrypt", "nettle", "pkcs11", "smartcard"
	Verbs uint32 // bit n: verb n offered
	// Flags adds the make's own; may be nil. They are parsed before Open.
	Flags func(*flag.FlagSet)
	// Elsewhere: the keys are in a device, so -keys and -kbpk may be missing; Open
	// has an empty file then, or no kbpk.
	Elsewhere bool
	// Open loads the keys. kbpk is cleared when it returns. Operations that know
	// their verbs only now have a method Verbs() uint32, which counts for Verbs.
	Open func(file element.KeyFile, kbpk []byte) (ops element.Operations, wipe func(), err error)
}

// gcPercent lets some 30 MB of garbage gather, where 4 MB are usual: frames, and key
// schedules that were cleared. To collect them more often takes as long as the
// questions that they were for.
const gcPercent = 800

// Main runs an element until it is told to end, and exits.
func Main(m Make) {
	debug.SetGCPercent(gcPercent)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := Run(ctx, m, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "element:", err)
		os.Exit(1)
	}
}

// arguments are the flags of every make.
type arguments struct {
	socket, keys, kbpk, member string
}

func parse(m Make, args []string, stderr io.Writer) (a arguments, err error) {
	flags := flag.NewFlagSet("element", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&a.socket, "socket", "", "Unix `path` to listen on, mode 0600")
	flags.StringVar(&a.keys, "keys", "", "key blocks, JSON `file`")
	flags.StringVar(&a.kbpk, "kbpk", "", "key block protection key, `file` of 32 raw bytes")
	flags.StringVar(&a.member, "member", "", "`folder` of the identity with which to be member of a group")
	if m.Flags != nil {
		m.Flags(flags)
	}
	if err := flags.Parse(args); err != nil {
		return a, err
	}
	if m.Elsewhere && a.socket != "" {
		return a, nil
	}
	if a.socket == "" || a.keys == "" || a.kbpk == "" {
		return a, errors.New("-socket, -keys and -kbpk are needed")
	}
	return a, nil
}

// Run is Main without the process around it.
func Run(ctx context.Context, m Make, args []string, stderr io.Writer) error {
	a, err := parse(m, args, stderr)
	if err != nil {
		return err
	}
	if err := harden(); err != nil {
		return err
	}
	ops, wipe, err := open(m, a)
	if err != nil {
		return err
	}
	defer wipe()
	serve, err := choose(m, ops, a.member)
	if err != nil {
		return err
	}
	l, err := listener.Private(ctx, a.socket)
	if err != nil {
		return err
	}
	fmt.Fprintln(stderr, "element: ready")
	return serve(ctx, l)
}

// choose returns the one door of this process.
func choose(m Make, ops element.Operations, folder string) (func(context.Context, net.Listener) error, error) {
	if folder == "" {
		return func(ctx context.Context, l net.Listener) error { return element.Serve(ctx, l, ops) }, nil
	}
	who, err := identity.LoadElement(folder)
	if err != nil {
		return nil, err
	}
	verbs := m.Verbs
	if o, ok := ops.(interface{ Verbs() uint32 }); ok {
		verbs = o.Verbs()
	}
	member, err := group.NewMember(group.Config{Identity: who, Make: m.Name, Verbs: verbs, Operations: ops})
	if err != nil {
		return nil, err
	}
	return member.Serve, nil
}
