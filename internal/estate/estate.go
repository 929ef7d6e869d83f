//go:build linux

// Package estate brings up a whole lane on one machine, each program a process
// of its own and, where root starts it, a user of its own: a private pcscd with a
// virtual card, the acquirer with its secure element, boot with the kernel,
// reader, PIN pad and terminal. Demo keys, software devices: nothing here is fit
// for real cards.
//
// The operator's command and tests import it. The packages below it are its
// rooms: ceremony (keys), bureau (cards), premises (places and users), child
// (processes), pcscbox (PC/SC), till, cardholder and desk (who uses the lane).
package estate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// Options of a lane. Programs is needed, all else has a default.
type Options struct {
	// Programs is the folder with the built programs.
	Programs string
	// Home keeps demo keys, cards, logs and, between runs, what the worlds
	// store. Empty: a temporary one, removed when the lane stops.
	Home string
	// Self is the command line of a program that calls pcscbox.RunIfChild first
	// of all; by default this one.
	Self []string
	// Listen and PINPadPage are the loopback addresses of the two pages;
	// 127.0.0.1 with a free port by default.
	Listen, PINPadPage string
	// LAN is where paired tills reach the terminal, over TLS; empty: nowhere.
	LAN string
	// PINsAtOnce is how many PINs the PIN pad takes in a row before it slows
	// down; 0 leaves its default. Long test runs raise it.
	PINsAtOnce int
	// Merchant is the name on receipts.
	Merchant string
	// Elements is how many secure elements the acquirer has: 1, or GroupOfThree; 1 by
	// default.
	Elements int
	// Star has the acquirer reach its group over a bus, through a hub of the lane's own.
	Star bool
	// Cards are made besides the wallet; they can be inserted by name.
	Cards []bureau.Order
	// Isolation is the level, IsolationProcess by default. WithoutKVM emulates the
	// processor of a virtual machine, whatever this machine could do.
	Isolation  string
	WithoutKVM bool
	// TPM is the secure world's, device:/dev/tpmrm0 or unix:/path; empty: none. Its
	// key is registered at the acquirer, which then asks for quotes.
	TPM string
	// StorageRoot is how the root of the secure world's storage is protected: "file",
	// "passphrase" or "tpm". Empty: as the home has it, or by the TPM where one is named.
	// Another than the home's is put on at this start.
	StorageRoot string
	// Passphrase is the operator's, and PassphraseBefore the one until now, where another
	// takes its place.
	Passphrase, PassphraseBefore []byte
	// Faults is the acquirer's -fault, JSON.
	Faults string
	// Misbehaviour is the share of the acquirer's answers that are late, lost or doubled:
	// nil for a little, WellBehaved for none.
	Misbehaviour *Misbehaviour
	// Appraise may change what the acquirer accepts of the device.
	Appraise func(*acquirer.Attestation)
	// Configure may change the kernel's configuration of this run.
	Configure func(*provisioning.Kernel)
	// Parameters may change the signed parameters.
	Parameters func(*parameters.Document)
	// DirectCards puts virtual cards before the reader without a pcscd and its looks
	// into the slot, some 200 ms for each card.
	DirectCards bool
	// Furnish may change the worlds' empty directories below the lane's, which are
	// made then: give one a small disk of its own, say. Who mounts also unmounts.
	Furnish func(run string) error
	// Route may put something between the secure world and its acquirer (host:port):
	// it returns the address that takes the acquirer's place.
	Route func(host string) (string, error)
	// Launch may change how a program is started.
	Launch func(name string, c *child.Config)
	// Say is told what became ready, and when; never twice at a time.
	Say func(name string, after time.Duration)
}

// Lane is a running lane.
type Lane struct {
	Places
	Record ceremony.Record
	Bureau *bureau.Bureau
	Home   string

	options   Options
	premises  *premises.Premises
	box       *pcscbox.Box
	keeper    *keeper
	stopTray  func()   // of direct cards
	held      *os.File // the home's lock
	tpmKey    string   // of the secure world's TPM, if it has one
	rootedBy  string   // what protected the storage's root when this run began
	temporary bool
	moved     bool // the worlds' things are in the premises
	began     time.Time
	crashes   chan Crash
	stopping  chan struct{}  // closed when Stop begins
	watchers  sync.WaitGroup // of the kernel, of the private pcscd and of what is kept

	saying sync.Mutex
	slot   slotHand

	mu       sync.Mutex
	children map[string]*child.Child // guarded by mu
	expected map[*child.Child]bool   // whose end is no crash; guarded by mu
	listens  map[string]string       // addresses to take again; guarded by mu
	killed   int                     // the kernel that Kill killed; guarded by mu
}

// Crash is the end of a program that nobody asked for. Boot starts a crashed
// kernel again by itself, and the lane the processes of a group of elements.
type Crash struct {
	Name      string
	How       string   // "exit status 1"
	LastLines []string // what it wrote last
	Again     bool     // it is started again by itself
}

// Start brings a lane up and returns when a payment could begin. On an error
// nothing is left running.
func Start(ctx context.Context, o Options) (*Lane, error) {
	l := &Lane{
		options: o.withDefaults(), began: time.Now(), crashes: make(chan Crash, 64), stopping: make(chan struct{}),
		children: map[string]*child.Child{}, expected: map[*child.Child]bool{}, listens: map[string]string{},
		keeper: newKeeper(),
	}
	err := l.options.checkElements()
	if err == nil {
		err = built(o.Programs, l.programs())
	}
	if err != nil {
		return nil, err
	}
	err = l.settle()
	if err == nil {
		err = l.bringUp(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, l.Stop())
	}
	return l, nil
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.PINPadPage == "" {
		o.PINPadPage = "127.0.0.1:0"
	}
	if o.Elements == 0 {
		o.Elements = 1
	}
	if o.Isolation == "" {
		o.Isolation = IsolationProcess
	}
	if o.Merchant == "" {
		o.Merchant = "Demo Shop"
	}
	if o.Say == nil {
		o.Say = func(string, time.Duration) {}
	}
	if o.Parameters == nil {
		o.Parameters = func(*parameters.Document) {}
	}
	if o.Furnish == nil {
		o.Furnish = func(string) error { return nil }
	}
	if o.Route == nil {
		o.Route = func(host string) (string, error) { return host, nil }
	}
	if o.Misbehaviour == nil {
		a := acquirer.ALittle()
		o.Misbehaviour = &a
	}
	if o.Launch == nil {
		o.Launch = func(string, *child.Config) {}
	}
	return o
}

// settle finds a home and a place, holds the ceremony where none was held, and
// moves everything in.
func (l *Lane) settle() error {
	for _, step := range []func() error{l.findHome, l.keepIsolation, l.keepStorageRoot, l.provision, l.takePlace, l.furnish, l.moveIn, l.install} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lane) findHome() (err error) {
	if l.temporary = l.options.Home == ""; l.temporary {
		if l.Home, err = os.MkdirTemp("", "strongroom-"); err != nil {
			return err
		}
	} else if l.Home, err = filepath.Abs(l.options.Home); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(l.Home, "logs"), 0o700); err != nil {
		return err
	}
	if err := os.Chmod(l.Home, 0o700); err != nil { //nolint:gosec // a directory
		return err
	}
	l.held, err = premises.Hold(l.Home)
	return err
}

// takePlace saves what a killed lane of this home left behind, the newest state
// there is.
func (l *Lane) takePlace() error {
	p, left, err := premises.Take(l.Home)
	if err != nil {
		return err
	}
	l.premises, l.Places = p, placesOf(p.Run())
	for _, run := range left {
		if err := premises.Keep(run, l.Home); err != nil {
			return fmt.Errorf("saving what a killed lane left: %w", err)
		}
		if err := premises.Discard(run); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lane) furnish() error { return l.options.Furnish(l.premises.Run()) }

// Crashes tells every end of a program that nobody asked for.
func (l *Lane) Crashes() <-chan Crash { return l.crashes }

// Separate tells whether each world has a user of its own.
func (l *Lane) Separate() bool { return l.premises.Separate() }

// say tells one thing at a time, though several become ready at once.
func (l *Lane) say(name string) {
	l.saying.Lock()
	defer l.saying.Unlock()
	l.options.Say(name, time.Since(l.began))
}
