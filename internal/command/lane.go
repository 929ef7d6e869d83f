//go:build linux

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// bringUp starts a lane and tells its progress.
func bringUp(ctx context.Context, s settings, out io.Writer) (*estate.Lane, time.Duration, error) {
	fmt.Fprintln(out, "Demo keys, a software secure world, virtual test cards. Not a PCI-listed solution.")
	fmt.Fprintln(out)
	now, before, err := s.root.passphrases(s.home)
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	lane, err := estate.Start(ctx, estate.Options{
		Programs: s.programs, Home: s.home, Isolation: s.isolation, TPM: s.tpm, Listen: s.listen, PINPadPage: s.pinpad, LAN: s.lan,
		Elements: s.elements, Star: s.star,
		StorageRoot: s.root.protection, Passphrase: now, PassphraseBefore: before,
		Misbehaviour: s.misbehaviour(),
		Say: func(name string, after time.Duration) {
			fmt.Fprintf(out, "  %-14s ready %6.2f s\n", name, after.Seconds())
		},
	})
	if ctx.Err() != nil && err != nil {
		err = errInterrupted
	}
	return lane, time.Since(began), err
}

func tellMisbehaviour(m estate.Misbehaviour, out io.Writer) {
	if m.PerMille > 0 {
		fmt.Fprintf(out, "  the acquirer misbehaves on purpose: after the first %d payments, %.1f %% of its answers are late, lost or\n"+
			"  doubled (seed %d); -misbehave 0 ends that, strongroom status counts them\n", m.Undisturbed, float64(m.PerMille)/10, m.Seed)
	}
}

// misbehaviour is what the flags ask for.
func (s *settings) misbehaviour() *estate.Misbehaviour {
	m := acquirer.ALittle()
	m.PerMille, m.Seed = s.perMille, s.seed
	return &m
}

var errInterrupted = errors.New("interrupted before the lane was up; nothing is left running")

// tellProtection prints what is in force, in the secure world's own words.
func tellProtection(ctx context.Context, lane *estate.Lane, out io.Writer) (till.Security, error) {
	s, err := lane.Till.Security(ctx)
	if err != nil {
		return s, err
	}
	isolation := s.Isolation
	if s.Isolation == estate.IsolationVM {
		isolation += " (" + s.Accelerator + ")"
	}
	users := "every world a user of its own"
	if !lane.Separate() {
		users = "all worlds one user, since root did not start this"
	}
	fmt.Fprintf(out, "\n  isolation %s, memory %s, storage root %s, app world %s; %s\n",
		isolation, s.MemoryProtection, s.StorageRoot, s.AppMeasurement, users)
	var off []string
	for name, on := range s.Layers {
		if !on {
			off = append(off, strings.ReplaceAll(name, "_", " "))
		}
	}
	if slices.Sort(off); len(off) > 0 {
		fmt.Fprintf(out, "  not in force: %s\n", strings.Join(off, ", "))
	}
	if s.Isolation == estate.IsolationVM {
		fmt.Fprintln(out, "  the virtual machine's memory is ordinary memory of QEMU: root can read it, secret memory inside too")
	}
	if s.MemoryProtection != "memfd_secret" {
		fmt.Fprintln(out, "  this machine has no memfd_secret: root can read the secure world's memory")
	}
	tellMisbehaviour(lane.Misbehaviour(), out)
	return s, nil
}

// up is `strongroom up`.
func up(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var s settings
	f := flags("up", stderr, &s)
	laneFlags(f, &s)
	if err := parse(f, args); err != nil {
		return help(err)
	}
	if err := s.settle(); err != nil {
		return err
	}
	lane, took, err := bringUp(ctx, s, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lane.Stop()) }()
	fmt.Fprintf(stdout, "  %-14s ready %6.2f s\n", "lane", took.Seconds())
	if _, err := tellProtection(ctx, lane, stdout); err != nil {
		return err
	}
	return stay(ctx, s, lane, "", stdout)
}

// stay tells how to use the lane and keeps it up until it is interrupted or one
// of its programs ends. tray is the card tray's page; empty where there is none.
func stay(ctx context.Context, s settings, lane *estate.Lane, tray string, out io.Writer) error {
	if err := tellPages(s, lane, tray, out); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			fmt.Fprintln(out, "\nstopping")
			return nil
		case c := <-lane.Crashes():
			if !c.Again {
				return crashed(c)
			}
			fmt.Fprintln(out, crashed(c))
		}
	}
}

func crashed(c estate.Crash) error {
	return fmt.Errorf("%s ended (%s); its last lines:\n  %s", c.Name, c.How, strings.Join(c.LastLines, "\n  "))
}

func tellPages(s settings, lane *estate.Lane, tray string, out io.Writer) error {
	page, err := lane.Till.Page()
	if err != nil {
		return err
	}
	pad, err := lane.PINPad.Page()
	if err != nil {
		return err
	}
	call := func(args string) string { return selfName() + " card " + args + homeFlag(s) }
	if tray != "" {
		tray = "Card tray         " + tray + "\n"
	}
	tills := ""
	if s.lan != "" {
		tills = "Tills             https://" + s.lan + ", paired by: " + selfName() + " pair" + homeFlag(s) + "\n"
	}
	fmt.Fprintf(out, `
Merchant's page   %s
PIN pad's page    %s
%s%sCards             %s
                  %s
Ctrl-C ends the lane. Demo keys, cards and logs are in %s.
`, page, pad, tray, tills, call("list"), call("tap approve"), lane.Home)
	return nil
}

// selfName is how this program was called.
func selfName() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ."
	}
	return os.Args[0]
}

func homeFlag(s settings) string {
	if s.home == defaultHome {
		return ""
	}
	return " -var " + s.home
}
