// Package upkeep is what boot keeps, and which of it starts: the image that came
// with the device, images in two slots, newer licences, installed applications.
// It verifies all of it, before it keeps it and again before it starts, and does
// what the operator asks for through package control.
//
// A pending image is on trial: each start is counted before it begins, and after
// slots.MaxTries of them, or when it does not verify, it is given up for what ran
// before. When boot saw it prove healthy the record names it active, and after
// that the anti-rollback counter shuts out what is older: cut between the two, the
// counter is raised at the next start.
//
// Only boot imports it. It starts nothing itself and reads no key but public ones.
package upkeep

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/appstore"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/slots"
)

// Config is where things lie.
type Config struct {
	Root    ed25519.PublicKey // the manufacturer's
	Device  string            // this device's name
	Factory image.Files       // the image that came with the device
	Licence string            // the licence that came with it
	Counter string            // the anti-rollback counter's file
	Folder  string            // slots and applications; empty: no updates
}

// Kernel is the kernel that runs, as upkeep needs it.
type Kernel interface {
	// Apply lets it change its applications or its licence and waits for its answer.
	Apply(handover.Message, *os.File) handover.Outcome
	// Replace ends it, so that boot chooses again.
	Replace()
	// Starts is how many kernels boot started.
	Starts() uint32
}

// Keeper keeps. Its exported methods may be called by several goroutines.
type Keeper struct {
	cfg     Config
	log     *slog.Logger
	kernel  Kernel
	counter image.Counter

	now atomic.Pointer[Image] // the image that runs; written under keep

	keep  sync.Mutex      // guards all below, and what lies on the disk
	slots *slots.Slots    // nil: this device takes no updates
	store *appstore.Store // likewise; nil too where its list is damaged
	owed  []string        // removed since a kernel was given what is installed, and not told
	trial bool            // the image that starts is pending
	stuck bool            // a trial cannot be counted, so there is none
	fault control.Reason  // why the last start on trial failed
}

// Open opens what this device keeps. Nothing is verified yet: see Choose.
func Open(cfg Config, kernel Kernel, disk durable.Disk, log *slog.Logger) (*Keeper, error) {
	k := &Keeper{cfg: cfg, log: log, kernel: kernel, counter: image.Counter{Path: cfg.Counter, Disk: disk}, fault: control.ReasonEnded}
	if cfg.Folder == "" {
		return k, nil
	}
	if err := disk.MakeFolder(cfg.Folder); err != nil {
		return nil, fmt.Errorf("open updates: %w", err)
	}
	var err error
	if k.slots, err = slots.Open(filepath.Join(cfg.Folder, "slots"), disk); k.slots == nil {
		return nil, err
	}
	k.must(err) // damaged: the images themselves decide
	store, err := appstore.Open(filepath.Join(cfg.Folder, "applications"), disk)
	if err == nil {
		k.store = store
	}
	k.must(err) // damaged: the image's own applications run all the same
	return k, nil
}

// Now is the image that runs.
func (k *Keeper) Now() *Image { return k.now.Load() }

// Close closes the memory files of the image.
func (k *Keeper) Close() {
	if i := k.Now(); i != nil {
		i.close()
	}
}

// Choose takes the best image that verifies. A kernel that is started again runs
// from the bytes that were verified before.
func (k *Keeper) Choose() error {
	k.keep.Lock()
	defer k.keep.Unlock()
	k.endTrial()
	var errs []error
	for _, p := range k.order() {
		if k.runs(p) {
			return nil
		}
		i, err := k.load(p)
		if err == nil {
			k.Close()
			k.now.Store(i)
			return nil
		}
		errs = append(errs, err)
		k.log.Error("image refused", "place", p.String(), "reason", err.Error())
		if k.pending() == p {
			k.giveUp(reasonOf(err))
		}
	}
	return errors.Join(errs...)
}

func (k *Keeper) runs(p control.Place) bool { return k.Now() != nil && k.Now().Place == p }

// must tells a failing disk. The record in memory stays as the one on disk: what
// could not be written is done again at the next start.
func (k *Keeper) must(err error) {
	if err != nil {
		k.log.Error("updates", "reason", err.Error())
	}
}
