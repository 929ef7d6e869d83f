// Package zeroise erases the kernel's storage after a tamper event: what the storage
// root key is made of first, then everything that it opened. Each file is written
// over with random bytes, made durable, and deleted.
//
// A disk that writes elsewhere than it is told (flash, copy on write) may keep older
// blocks: without the firmware root key and the shares of the local secret nothing in
// them opens, and an older copy of these two is what encryption of the disk below is
// for.
//
// The journal stays, put aside: its records hold no account data and no key, and
// people need them. The kernel alone imports it.
package zeroise

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/trustedstorage"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// JournalAside is the journal's name afterwards.
const JournalAside = trustedstorage.Journal + ".before-tamper"

// Needed reports whether there is anything left that keys could be made of.
func Needed(dir string) bool {
	for _, name := range first() {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	for _, folder := range folders() {
		if entries, err := os.ReadDir(filepath.Join(dir, folder)); err == nil && len(entries) > 0 {
			return true
		}
	}
	return false
}

// first is what the storage root key is made of.
func first() []string { return []string{deviceroot.FirmwareFile, deviceroot.RecordFile} }

func folders() []string {
	return []string{provisioning.Incoming, trustedstorage.Keystore, trustedstorage.Spaces}
}

// Storage erases the storage below dir. It goes on behind what fails, and may be
// begun anew.
func Storage(dir string) error {
	var failed error
	for _, name := range first() {
		failed = errors.Join(failed, erase(filepath.Join(dir, name)))
	}
	for _, folder := range folders() {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			failed = errors.Join(failed, fmt.Errorf("zeroise: listing: %w", err))
		}
		for _, e := range entries {
			failed = errors.Join(failed, erase(filepath.Join(dir, folder, e.Name())))
		}
	}
	err := os.Rename(filepath.Join(dir, trustedstorage.Journal), filepath.Join(dir, JournalAside))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		failed = errors.Join(failed, fmt.Errorf("zeroise: putting the journal aside: %w", err))
	}
	return failed
}

// erase writes a file over, and deletes it.
func erase(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.IsDir() {
		return nil
	}
	if err == nil && info.Mode().IsRegular() {
		err = overwrite(path, info.Size())
	}
	err = errors.Join(err, os.Remove(path), syncFolder(filepath.Dir(path)))
	if err != nil {
		return fmt.Errorf("zeroise: erasing a file: %w", err)
	}
	return nil
}

func overwrite(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.Reader, size)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
