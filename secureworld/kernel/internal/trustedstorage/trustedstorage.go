// Package trustedstorage brings the two halves of the kernel's storage up: the
// root key that is bound to this device (package deviceroot), and the tree of
// spaces below it (package storage).
//
// It decides what a start finds: nothing yet, a storage to go on with, or one that
// is refused, and why. An authorised reset gives up everything that the storage
// root key opens: spaces, host key, journal. The journal is kept aside, unread, for
// people.
//
// The kernel alone imports it.
package trustedstorage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
)

// Names in the kernel's storage.
const (
	Spaces  = "spaces"
	Journal = "journal"
	// Keystore is the folder of the host key's state.
	Keystore = "keystore"
)

// kernelBytes is far above what the kernel keeps, and bounds what a fault of its
// own fills the disk with.
const kernelBytes = 4 << 20

// Config says whose storage this is.
type Config struct {
	Memory   storage.Memory
	Dir      string // the kernel's storage
	Terminal string
	Customer string
	Parts    fingerprint.Parts
	// Guard and Before are those of package deviceroot.
	Guard, Before deviceroot.Guard
	Anchor        storage.Anchor
	// Reset is the number at which boot verified that the storage may begin anew, or
	// zero.
	Reset uint64
	// Found is told what records are refused; see package storage.
	Found func(err error)
}

// Storage is both halves.
type Storage struct {
	Root  *deviceroot.Root
	Store *storage.Store
}

// Open opens the storage, or makes it at the very first start. Errors are those of
// the two packages.
func Open(cfg Config) (*Storage, error) {
	folder, err := storage.NewFolder(filepath.Join(cfg.Dir, Spaces))
	if err != nil {
		return nil, err
	}
	names, err := folder.Names()
	if err != nil {
		return nil, fmt.Errorf("storage: listing: %w", err)
	}
	anchored, err := cfg.Anchor.Read()
	if err != nil {
		return nil, fmt.Errorf("storage: reading the anchor: %w", err)
	}
	reset := cfg.Reset != 0 && cfg.Reset == anchored
	if len(names) == 0 && anchored != 0 && !reset {
		return nil, storage.ErrStoreMissing
	}
	if reset {
		if err := giveUp(cfg.Dir, anchored); err != nil {
			return nil, err
		}
	}
	s := &Storage{}
	s.Root, err = deviceroot.Open(deviceroot.Config{Memory: cfg.Memory, Dir: cfg.Dir, Terminal: cfg.Terminal,
		Customer: cfg.Customer, Parts: cfg.Parts, Guard: cfg.Guard, Before: cfg.Before, Fresh: len(names) == 0 && anchored == 0, Reset: reset})
	if err != nil {
		return nil, err
	}
	s.Store, err = storage.Open(storage.Config{Memory: cfg.Memory, Disk: folder, Anchor: cfg.Anchor,
		Derive: s.Root.Derive, Reset: cfg.Reset, Found: cfg.Found})
	return s, err
}

// giveUp takes away what another root key would not open. It may be cut off and
// begun anew until the anchor has gone on.
func giveUp(dir string, anchored uint64) error {
	err := os.Rename(filepath.Join(dir, Journal), filepath.Join(dir, fmt.Sprintf("%s.before-%d", Journal, anchored)))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("storage: putting the journal aside: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, Keystore)); err != nil {
		return fmt.Errorf("storage: giving up the host key: %w", err)
	}
	return nil
}

// Kernel opens the space of one of the kernel's own purposes.
func (s *Storage) Kernel(purpose string) (*storage.Space, error) {
	return s.Store.Space("kernel/"+purpose, storage.Quota{Objects: storage.MaxObjects, Bytes: kernelBytes})
}

// Renew completes a start that succeeded.
func (s *Storage) Renew() error { return s.Root.Renew() }
