//go:build linux

package estate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/updates"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// updatesDir is where boot keeps slots, installed applications and licences.
const updatesDir = "updates"

// checkpointDays is how long a demo repository's checkpoint holds.
const checkpointDays = 30

// Issue is a release that the demo manufacturer makes for a home's lane.
type Issue struct {
	Programs string // the folder with kernel, application and terminal
	Version  uint64 // 0: one above the last
	Minimum  uint64 // releases below it are refused once this one proved healthy
	Devices  []string
	// Change may change what is signed.
	Change func(*signing.Release)
}

// Repository is where a home's releases are published by default.
func Repository(home string) string { return filepath.Join(home, "repository") }

// Publish signs a release with a home's demo keys and adds it to a repository. It
// returns its version.
func Publish(home, repository string, i Issue) (uint64, error) {
	files, version, err := Sign(home, i)
	if err != nil {
		return 0, err
	}
	key, err := ceremony.UpdatesKey(home)
	if err != nil {
		return 0, err
	}
	return version, updates.Publish(repository, key, version, files, time.Now().AddDate(0, 0, checkpointDays))
}

// Sign signs a release without publishing it: its files by their names in a slot.
func Sign(home string, i Issue) (map[string][]byte, uint64, error) {
	m, err := ceremony.Manufacturer(home)
	if err != nil {
		return nil, 0, err
	}
	record, err := ceremony.Hold(home, time.Now())
	if err != nil {
		return nil, 0, err
	}
	version, err := nextVersion(home, i.Version)
	if err != nil {
		return nil, 0, err
	}
	r := signing.Release{
		Customer: customer, Version: version, Minimum: max(i.Minimum, 1), Devices: i.Devices, KernelKey: record.LicenceKey,
		Valid: signing.Validity{From: time.Now().Add(-time.Hour), Until: time.Now().AddDate(0, 0, releaseDays)},
	}
	if err := readPrograms(&r, i.Programs); err != nil {
		return nil, 0, err
	}
	if i.Change != nil {
		i.Change(&r)
	}
	if err := acceptKernel(home, r.Kernel); err != nil {
		return nil, 0, err
	}
	signed, err := m.Sign(r)
	if err != nil {
		return nil, 0, fmt.Errorf("signing a release: %w", err)
	}
	files := map[string][]byte{"kernel": r.Kernel, "kernel.manifest": signed.Manifest, "licence": signed.Licence}
	for _, a := range r.Applications {
		files[a.Name+".wasm"], files[a.Name+".statement"] = a.Module, signed.Statements[a.Name]
		if c := signed.Countersignatures[a.Name]; c != nil {
			files[a.Name+".countersignature"] = c
		}
	}
	return files, version, nil
}

// nextVersion counts a home's releases up.
func nextVersion(home string, wanted uint64) (uint64, error) {
	path := filepath.Join(home, releaseDir, releaseFile)
	var last release
	if err := readJSON(path, &last); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	if wanted != 0 {
		return wanted, nil
	}
	last.Version++
	return last.Version, writeJSON(path, last)
}

func readPrograms(r *signing.Release, dir string) error {
	var err error
	program := func(name string) []byte {
		b, failed := os.ReadFile(filepath.Join(dir, name))
		err = errors.Join(err, failed)
		return b
	}
	r.Kernel = program(programKernel)
	r.Applications = []signing.Application{signing.Payment(r.Version, program(programApplication))}
	r.AppWorld = [][]byte{program(programTerminal)}
	return err
}

// Replace puts another program in the place of one that runs, as an update of
// its world does, and starts it without waiting until it is served.
func (l *Lane) Replace(name string, program []byte) error {
	c := l.expect(name)
	if c == nil {
		return fmt.Errorf("replacing %s: it was never started", name)
	}
	c.Stop(patience)
	path := l.config(name).Path
	if err := errors.Join(os.Remove(path), os.WriteFile(path, program, 0o600), os.Chmod(path, 0o555)); err != nil { //nolint:gosec // programs are for all worlds
		return err
	}
	return l.start(context.Background(), name)
}
