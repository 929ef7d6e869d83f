//go:build linux

// Package command is what the operator's command does: up, demo, card, status,
// parameters, update, app; provision is package build's.
// What it prints for people goes to one writer; with --json exactly one JSON
// object goes to standard output and everything else to standard error.
//
// Only the operator's command imports it. It never prints a whole card number,
// a PIN other than that of the demo's wallet, or a key.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/command/build"
	"github.com/strongroom-pos/strongroom/internal/estate"
)

const usage = `strongroom brings up a payment lane on this machine. Demo keys and test cards only.

  strongroom demo [--once] [--json]   a whole lane, a chip-and-PIN sale and a tap
  strongroom up                       the lane without the sales
  strongroom card list                the demo's cards
  strongroom card insert NAME         put a card into the running lane's reader
  strongroom card pin NAME            enter the card's PIN, once the PIN pad asks for it
  strongroom card pull                take it out, also in the middle of a payment
  strongroom card tap NAME            hold a card to the reader; a second one is a collision
  strongroom card away                take away what is held there
  strongroom card swipe NAME          draw a card's stripe through the reader's head
  strongroom card read [--json]       what is on the card in the reader, without account data
  strongroom card trace FILE          one transaction, written down without account data
  strongroom status [--json]          how the running lane stands, on one screen
  strongroom doctor [--json]          what is wrong with machine and lane, and what to do; exit code 0, 1 (warnings) or 2
  strongroom till                     address and token of the running lane's interface, as lines for a shell
  strongroom elements                 the acquirer's groups of secure elements: health, rates, what is suspected of whom;
                                      with -star SOCKET all that a hub knows of
                                      (-watch 2s; -listen 127.0.0.1:8423: a page with the tree; -mcu SOCKET,…: these groups)
  strongroom keys                     every key of the terminal's life: state, age, check value, what is left
                                      (-json; -stages: the seven stages of each)
  strongroom keys load                load another host key from the acquirer (TR-34); the one in use is destroyed
  strongroom pair                     let a till that asks be paired, and show it code and QR (-name NAME -scopes pay,refund:
                                      begin at the terminal; -list; -end TILL)
  strongroom attest [--json]          what the device says of itself, verified, and what the acquirer made of it
  strongroom reversals [-json]        what was prepared and not sent when the device was tampered with;
                                      -settle FILE brings such a list to the acquirer (-: its own)
  strongroom tamper -really           erase the running lane's keys, as a tamper event would
  strongroom scope                    the scope report: the same sales through a lane and a plain terminal, every surface
                                      searched beside a control; HTML and JSON, sealed (-out DIR, -sales N, -full: attacks
                                      and simulation too, -attacks FILE; -live: a page that shows it as it happens)
  strongroom scope verify DIR         whether a report is as it was when it was made (-key FINGERPRINT)
  strongroom parameters               the signed parameters: applications, keys, limits
  strongroom update publish           sign the built programs as the next release of the demo's repository
  strongroom update list              the repository's releases
  strongroom update stage             hand the newest release (-version N) to the running lane
  strongroom update activate          let what was staged run (-place a, b or factory: what was there)
  strongroom update licence           replace the licence alone: another app world, the same kernel
  strongroom update status, history   slots, versions, counter; what happened
  strongroom provision ROLE ACT       build devices: separate roles with keys of their own
  strongroom app list                 trusted applications
  strongroom app sign NAME.wasm       sign it with the demo's keys (-version, -permissions, -countersign, -keep-data)
  strongroom app install NAME.wasm    with NAME.statement, and NAME.countersignature if it has one, beside it
  strongroom app remove NAME          take it out of the running kernel
  strongroom backup FILE              the merchant's journal, and the secure world's sealed files, while all goes on
  strongroom restore FILE             the merchant's journal back; -secureworld: the sealed files, on their device and
                                      where they are its newest (-system: both of the installed services)
  strongroom containers               lay a demo lane out for compose.yaml
  strongroom applet key DIR           a key for an authority or a developer of secure elements' applets
  strongroom applet certify DIR       with the authority's key (-developer, -key, -names, -out)
  strongroom applet sign NAME.wasm    make NAME.applet (-developer, -names, -version, -functions, -pages, -fuel)
  strongroom applet load NAME.applet  into an element that serves alone (-element)
  strongroom completion SHELL         completion for bash, zsh or fish

  -var DIR      demo keys, cards, logs and storage (STRONGROOM_VAR, or ./var)
  -bin DIR      the built programs (./bin)
  --isolation L process, or vm: the secure world under an operating system of its own
                (up and demo; its lane keeps to ./var/vm unless -var says otherwise)
  -tpm A        device:/dev/tpmrm0 or unix:/path: put its quotes behind the attestation, and seal the storage's
                root in it unless -storage-root says otherwise (up and demo)
  -storage-root P  file, passphrase or tpm: what protects the storage's root (up and demo; as before, if not
                said). Another is put on at this start. A passphrase is asked for at the terminal, or read from
                -passphrase-fd N; the one until now, where another takes its place (-new-passphrase, or another
                protection), likewise (-passphrase-before-fd N)
  -elements N   the acquirer's secure elements: 3 of three makes behind an MCU that lets an answer out when two agree,
                or 1 (up and demo; 3)
  -star         have the acquirer reach these three over a bus, through a hub of the lane's own (up and demo)
  -misbehave N  of 1,000 answers of the acquirer so many are late, lost or doubled (50; 0: none), after the first
                two payments; -misbehave-seed N says which (up and demo)
  -listen A     the merchant's page (127.0.0.1:8420; with --once any free port)
  -lan A        where paired tills reach the terminal, over TLS, as in 192.0.2.7:8443 (up and demo; 127.0.0.1:8425, with
                -listen or --once none; none: nobody does)
  -pinpad A     the PIN pad's page (127.0.0.1:8421; with --once any free port)
  -tray A       the demo's card tray, a page (127.0.0.1:8422)
`

// errUsage ends a call that was not understood; the usage was printed.
var errUsage = errors.New("see the usage above")

// Run runs one subcommand.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return errUsage
	}
	switch name, rest := args[0], args[1:]; name {
	case "demo":
		return demo(ctx, rest, stdout, stderr)
	case "up":
		return up(ctx, rest, stdout, stderr)
	case "card":
		return card(ctx, rest, stdout, stderr)
	case "status":
		return status(ctx, rest, stdout, stderr)
	case "doctor":
		return examine(ctx, rest, stdout, stderr)
	case "completion":
		return complete(rest, stdout, stderr)
	case "till":
		return tillVariables(rest, stdout, stderr)
	case "elements":
		return elementGroups(ctx, rest, stdout, stderr)
	case "keys":
		return keys(ctx, rest, stdout, stderr)
	case "pair":
		return pair(ctx, rest, os.Stdin, stdout, stderr)
	case "attest":
		return attest(ctx, rest, stdout, stderr)
	case "reversals":
		return reversals(ctx, args[1:], stdout, stderr)
	case "tamper":
		return tamper(args[1:], stdout, stderr)
	case "parameters":
		return printParameters(rest, stdout, stderr)
	case "update":
		return update(ctx, rest, stdout, stderr)
	case "scope":
		return scope(ctx, rest, stdout, stderr)
	case "applet":
		return applets(ctx, rest, stdout, stderr)
	case "app":
		return app(ctx, rest, stdout, stderr)
	case "backup":
		return makeBackup(ctx, rest, stdout, stderr)
	case "restore":
		return restoreBackup(rest, stdout, stderr)
	case "containers":
		return prepareContainers(rest, stdout, stderr)
	case "provision":
		return build.Run(ctx, rest, stdout, stderr)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return nil
	}
	fmt.Fprint(stderr, usage)
	return errUsage
}

const (
	defaultHome = "var"
	// Addresses of the pages.
	defaultListen = "127.0.0.1:8420"
	defaultPINPad = "127.0.0.1:8421"
	defaultTray   = "127.0.0.1:8422"
	// defaultLAN is for tills on this machine: nobody else reaches a demo unasked.
	defaultLAN = "127.0.0.1:8425"
	noLAN      = "none"
	anyPort    = "127.0.0.1:0"
)

// settings are what the flags say.
type settings struct {
	home, programs string
	listen, pinpad string
	lan            string
	tray           string
	once, json     bool
	isolation      string
	tpm            string
	root           rootSettings
	perMille       int
	elements       int
	star           bool
	seed           uint64
}

// flags makes the flags of one subcommand.
func flags(name string, stderr io.Writer, s *settings) *flag.FlagSet {
	f := flag.NewFlagSet("strongroom "+name, flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&s.home, "var", home(), "`directory` of demo keys, cards, logs and storage")
	return f
}

func laneFlags(f *flag.FlagSet, s *settings) {
	f.StringVar(&s.programs, "bin", defaultPrograms(), "`directory` of the built programs")
	f.StringVar(&s.isolation, "isolation", estate.IsolationProcess, "isolation `level`, process or vm")
	f.BoolVar(&s.star, "star", false, "have the acquirer reach its group over a bus, through a hub of the lane's own")
	f.IntVar(&s.elements, "elements", estate.GroupOfThree, "`number` of the acquirer's secure elements: 1, or 3 of three makes behind an MCU")
	f.StringVar(&s.tpm, "tpm", "", "`address` of the secure world's TPM, device:PATH or unix:PATH; empty: none")
	s.root.flags(f)
	f.IntVar(&s.perMille, "misbehave", acquirer.ALittle().PerMille, "`share` of the acquirer's answers, of 1,000, that are late, lost or doubled")
	f.Uint64Var(&s.seed, "misbehave-seed", acquirer.ALittle().Seed, "`number` that they follow from")
	f.StringVar(&s.listen, "listen", "", "loopback `address` of the merchant's page ("+defaultListen+")")
	f.StringVar(&s.lan, "lan", "", "`address` for paired tills, over TLS, or none ("+defaultLAN+")")
	f.StringVar(&s.pinpad, "pinpad", "", "loopback `address` of the PIN pad's page ("+defaultPINPad+")")
}

// home is ./var, or what the environment says.
func home() string {
	if dir := os.Getenv("STRONGROOM_VAR"); dir != "" {
		return dir
	}
	return defaultHome
}

// defaultPrograms is ./bin, or where this program lies if that holds the others.
func defaultPrograms() string {
	if dir := os.Getenv("STRONGROOM_BIN"); dir != "" {
		return dir
	}
	if self, err := os.Executable(); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(self), "secureworld")); err == nil {
			return filepath.Dir(self)
		}
	}
	return "bin"
}

// settle fills in what was not said: nobody opens the pages of a lane that ends
// at once, so it must not fail over a port.
func (s *settings) settle() error {
	switch {
	case s.isolation != estate.IsolationProcess && s.isolation != estate.IsolationVM:
		return errors.New("isolation levels are process and vm")
	case s.isolation == estate.IsolationVM && s.home == defaultHome:
		s.home = filepath.Join(defaultHome, estate.IsolationVM)
	}
	listen, pinpad, lan := defaultListen, defaultPINPad, defaultLAN
	if s.once {
		listen, pinpad, lan = anyPort, anyPort, ""
	}
	switch {
	case s.lan == noLAN:
		s.lan = ""
	case s.lan == "" && s.listen == "": // whoever chose the page's address has lanes of his own
		s.lan = lan
	}
	if s.listen == "" {
		s.listen = listen
	}
	if s.pinpad == "" {
		s.pinpad = pinpad
	}
	return nil
}

// parse takes flags and nothing else.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return errors.New("there are no arguments, only flags")
	}
	return nil
}

// help: whoever asks for the flags has got what he wanted.
func help(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	return err
}
