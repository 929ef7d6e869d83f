// Command element-auditor audits groups of secure elements from where their clients are:
// it asks questions whose answers another make gave beforehand, and says of a group that
// answers otherwise that it lies, so that clients stop asking it.
//
//	element-auditor [-mcu A,B] [-star URLS -star-seed FILE] -client FOLDER
//	    -canaries FILE -evidence FOLDER [-every 30s]
//	element-auditor make -element SOCKET -ksn HEX > canaries.json
//	    questions that need no secret, with the answers of a lone element: of another make
//	    than the groups', and never one of them
//	element-auditor verify -client FOLDER FILE    what a file of evidence proves
//	element-auditor clear -star URLS -star-seed FILE BRANCH/GROUP
//	    takes a suspicion away
//
// A group that could tell its auditor from its clients would lie to the clients alone:
// give it a client's identity, or let the acquirer ask canaries itself. Of payments'
// own answers the acquirer has a share asked again (acquirer -cross-check).
//
// It may hold the identity of a client. It must never hold a key of an element.
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
	"strings"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
	"github.com/strongroom-pos/strongroom/secureworld/element/auditor/inspect"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/element/reach"
)

// clearWithin is what taking a suspicion away may take.
const clearWithin = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "element-auditor:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "make":
			return makeCanaries(ctx, args[1:], stdout, stderr)
		case "verify":
			return verify(args[1:], stdout, stderr)
		case "clear":
			return clearSuspicion(ctx, args[1:], stderr)
		}
	}
	return audit(ctx, args, stderr)
}

// audit asks canaries until ctx ends.
func audit(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("element-auditor", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var way reach.Flags
	way.Register(flags, "auditor")
	client := flags.String("client", "", "`folder` of a client's identity")
	file := flags.String("canaries", "", "`file` of questions with known answers, JSON")
	evidence := flags.String("evidence", "", "`folder` of evidence; empty: none is kept")
	every := flags.Duration("every", 30*time.Second, "`time` between two rounds of canaries")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !way.Given() || *client == "" || *file == "" || *every <= 0 || flags.NArg() != 0 {
		return errors.New("-mcu or -star, -client and -canaries are needed")
	}
	who, err := identity.LoadClient(*client)
	if err != nil {
		return err
	}
	canaries, err := inspect.ReadCanaries(*file)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil)).With("program", "element-auditor")
	w, err := reach.Open(ctx, way, subject.Auditor, func() { log.Warn("the bus is not there yet") })
	if err != nil {
		return err
	}
	defer w.Close()
	i, err := inspect.New(inspect.Config{
		Way: w, Pool: pool.Config{Identity: who}, Canaries: canaries, Every: *every, Folder: *evidence, Suspect: true, Log: log,
	})
	if err != nil {
		return err
	}
	defer i.Close()
	i.Run(ctx)
	return nil
}

// verify tells what a file of evidence proves.
func verify(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("element-auditor verify", flag.ContinueOnError)
	flags.SetOutput(stderr)
	folder := flags.String("client", ".", "`folder` with manufacturer-ca.pem and operator-ca.pem")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("verify: one file is needed")
	}
	by, err := identity.LoadAuthorities(*folder)
	if err != nil {
		return err
	}
	b, err := inspect.ReadFile(flags.Arg(0))
	if err != nil {
		return err
	}
	v, err := auditor.VerifyEvidence(b, by)
	if err != nil {
		return err
	}
	s := &v.Statement
	fmt.Fprintf(stdout, "%s states at %s: %s answered %02x otherwise than %s\n", v.Auditor, s.Time, s.Group, s.Kind, s.Against)
	if len(s.Question) > 0 {
		fmt.Fprintf(stdout, "question %x\nsaid     %x\nright is %x\n", s.Question, s.Said, s.Want)
	}
	if s.Share > 0 {
		fmt.Fprintf(stdout, "%d answers before, of which a share of %g was compared: so many wrong ones go unseen with probability %.2g\n", s.After, s.Share, s.Unseen)
	}
	_, err = fmt.Fprintf(stdout, "group %s, epoch %d, members by their own signatures: %s\n", v.Group.Name, v.Group.Epoch, strings.Join(v.Group.Members, ", "))
	return err
}

// clearSuspicion takes a suspicion away.
func clearSuspicion(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("element-auditor clear", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var way reach.Flags
	way.Register(flags, "auditor")
	if err := flags.Parse(args); err != nil {
		return err
	}
	branch, name, ok := strings.Cut(flags.Arg(0), "/")
	if way.Star == "" || flags.NArg() != 1 || !ok {
		return errors.New("clear: -star and BRANCH/GROUP are needed")
	}
	ctx, cancel := context.WithTimeout(ctx, clearWithin)
	defer cancel()
	w, err := reach.Open(ctx, way, subject.Auditor, nil)
	if err != nil {
		return err
	}
	defer w.Close()
	if w.Conn() == nil {
		return bus.ErrUnreached
	}
	return bus.Clear(ctx, w.Conn(), branch, name)
}
