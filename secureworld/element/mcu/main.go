// Command mcu oversees one group of secure elements: it carries clients' sealed
// questions to the members, compares what they say and releases what enough of them
// agree on (see package overseer).
//
//	mcu -socket PATH -branch NAME -group NAME -mode quorum -elements A,B,C -mcu FOLDER
//	mcu evidence [-mcu FOLDER] FILE     what a file of evidence proves
//	mcu arbitrate -evidence FOLDER ID   say who of two lied, or that neither did: none
//	mcu readmit -evidence FOLDER ID     begin the probation of an element in quarantine
//
// It may hold: its own certificate, and ciphertext. It must never link what opens a
// question or an answer, and it reads no key: not even the one of its certificate.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/listener"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer"
)

// gcPercent lets some 30 MB of frames gather before they are collected, as in elements.
const gcPercent = 800

// processors: to hand a frame to a second one costs more than to carry it. One carries
// some 400,000 questions a second.
const processors = 1

func main() {
	debug.SetGCPercent(gcPercent)
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(processors)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mcu:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "evidence":
			return showEvidence(args[1:], stdout, stderr)
		case "arbitrate":
			return arbitrate(args[1:], stderr)
		case "readmit":
			return readmit(args[1:], stderr)
		}
	}
	a, err := parse(args, stderr)
	if err != nil {
		return err
	}
	config, err := a.config()
	if err != nil {
		return err
	}
	o, err := overseer.New(config)
	if err != nil {
		return err
	}
	return a.serve(ctx, o, stderr)
}

// arguments are the flags.
type arguments struct {
	socket, branch, group, mode, elements, folder, evidence string
	nats, seed, ca, name                                    string
	audit                                                   float64
	policy                                                  uint
	alone                                                   bool
}

func parse(args []string, stderr io.Writer) (a arguments, err error) {
	flags := flag.NewFlagSet("mcu", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&a.socket, "socket", "", "Unix `path` to listen on, mode 0600")
	flags.StringVar(&a.branch, "branch", "main", "`name` of the branch")
	flags.StringVar(&a.group, "group", "", "`name` of the group, at most 8 characters")
	flags.StringVar(&a.mode, "mode", "quorum", "quorum, dual or single")
	flags.StringVar(&a.elements, "elements", "", "members' sockets, `paths` with commas between")
	flags.StringVar(&a.folder, "mcu", "", "`folder` with mcu.pem, manufacturer-ca.pem and operator-ca.pem")
	flags.StringVar(&a.evidence, "evidence", "", "`folder` of evidence and of quarantines; empty: neither outlives the program")
	flags.Float64Var(&a.audit, "audit", 0.05, "the `share` of questions that another member is asked where one answers")
	flags.UintVar(&a.policy, "policy", uint(door.PolicyAll), "1: each verb by the mode; 2: in mode quorum, MACs and references by one")
	flags.BoolVar(&a.alone, "alone", false, "in mode dual, let one go on when the other was found to lie")
	flags.StringVar(&a.nats, "nats", "", "`URLs` of the bus, with commas between; empty: the socket alone")
	flags.StringVar(&a.seed, "nats-seed", "", "`file` of this MCU's seed on the bus; empty: a bus without users")
	flags.StringVar(&a.ca, "nats-ca", "", "PEM `file` of who certified the bus's servers; empty: no TLS")
	flags.StringVar(&a.name, "name", "mcu", "`name` of this MCU on the bus")
	if err := flags.Parse(args); err != nil {
		return a, err
	}
	if a.policy != uint(door.PolicyAll) && a.policy != uint(door.PolicyCheap) {
		return a, errors.New("a policy is 1 or 2")
	}
	if a.socket == "" || a.group == "" || a.elements == "" || a.folder == "" || flags.NArg() != 0 {
		return a, errors.New("-socket, -group, -elements and -mcu are needed")
	}
	return a, nil
}

// config reads the folder and prepares the links.
func (a *arguments) config() (c overseer.Config, err error) {
	c = overseer.Config{Group: a.group, Branch: a.branch, Evidence: a.evidence, Audit: a.audit, Policy: uint16(a.policy), Alone: a.alone} //nolint:gosec // 1 or 2
	switch a.mode {
	case "single":
		c.Mode = door.ModeSingle
	case "dual":
		c.Mode = door.ModeDual
	case "quorum":
		c.Mode = door.ModeQuorum
	default:
		return c, errors.New("a mode is quorum, dual or single")
	}
	for path := range strings.SplitSeq(a.elements, ",") {
		c.Members = append(c.Members, overseer.Dial(path))
	}
	own, err := certificate(a.folder, "mcu.pem")
	if err != nil {
		return c, err
	}
	c.Certificate = own.Raw
	c.Authorities, err = authorities(a.folder)
	return c, err
}

// serve runs the overseer behind its doors until ctx ends or one of them fails. The
// overseer outlives the doors: on the bus, what was asked is answered before the group
// leaves.
func (a *arguments) serve(ctx context.Context, o *overseer.Overseer, stderr io.Writer) error {
	l, err := listener.Private(ctx, a.socket)
	if err != nil {
		return err
	}
	doors := []func(context.Context) error{
		func(ctx context.Context) error { return o.Serve(ctx, l) },
	}
	if a.nats != "" {
		doors = append(doors, func(ctx context.Context) error { return a.join(ctx, o, stderr) })
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	ran, ended := make(chan error, 1), make(chan error, len(doors))
	go func() { err := o.Run(life); cancel(); ran <- err }()
	for _, door := range doors {
		go func() { err := door(ctx); cancel(); ended <- err }()
	}
	fmt.Fprintln(stderr, "mcu: ready")
	for range doors {
		err = errors.Join(err, <-ended)
	}
	end()
	return errors.Join(err, <-ran)
}

// join puts the group on the bus, as soon as that is there: the socket does not wait
// for it.
func (a *arguments) join(ctx context.Context, o bus.Overseer, stderr io.Writer) error {
	trusted, err := bus.Trust(a.ca)
	if err != nil {
		return err
	}
	role := subject.Role{Kind: subject.MCU, Name: a.name, Branch: a.branch, Group: a.group}
	config := bus.Config{URLs: strings.Split(a.nats, ","), Role: role, Seed: a.seed, TLS: trusted}
	for ctx.Err() == nil {
		conn, err := bus.Join(ctx, config, func() { fmt.Fprintln(stderr, "mcu: the bus is not there yet") })
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err != nil {
			break
		}
		err = bus.Serve(ctx, conn, a.branch, a.group, o)
		conn.Close()
		if !errors.Is(err, bus.ErrUnreached) {
			return err
		}
	}
	return nil
}
