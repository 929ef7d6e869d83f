//go:build linux

package estate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// Programs of a lane, by their files.
const (
	programTerminal    = "terminal"
	programReader      = "reader"
	programPINPad      = "pinpad"
	programBoot        = "secureworld"
	programKernel      = "kernel"
	programApplication = "payment.wasm"
	programAcquirer    = "acquirer"
	programElement     = "element-stdlib"
	programGuest       = "guest" // of a virtual machine
)

func programs() []string {
	return []string{
		programTerminal, programReader, programPINPad, programBoot, programKernel,
		programApplication, programAcquirer, programElement, programGuest,
	}
}

// programs are those that this lane needs.
func (l *Lane) programs() []string {
	if !l.grouped() {
		return programs()
	}
	if l.options.Star {
		return append(append(programs(), groupPrograms()...), programHub)
	}
	return append(programs(), groupPrograms()...)
}

// Built tells whether all programs of a lane with one element are in a folder.
func Built(dir string) error { return built(dir, programs()) }

func built(dir string, names []string) error {
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%s is not in %s: run make build", name, dir)
		}
	}
	return nil
}

// install copies the programs in and sees that they are signed.
func (l *Lane) install() error {
	for _, name := range l.programs() {
		if err := l.premises.Install(filepath.Join(l.options.Programs, name), name); err != nil {
			return err
		}
	}
	if err := l.registerTPM(); err != nil {
		return err
	}
	if err := l.sign(); err != nil {
		return err
	}
	return l.configure()
}

// release is what was signed last; its documents lie beside it.
type release struct {
	Version uint64            `json:"version"`
	Until   time.Time         `json:"until"`
	Digests map[string]string `json:"digests"`
}

const (
	releaseDir  = "release"
	releaseFile = "release.json"
	customer    = "strongroom-demo"
	// machineDigest is the name of Machine.Digest among the digests.
	machineDigest = "machine"
	// releaseDays is how long a demo's signatures hold, and renewDays when they
	// are made anew although nothing changed.
	releaseDays = 365
	renewDays   = 30
)

func (l *Lane) document(name string) string { return filepath.Join(l.Home, releaseDir, name) }

// sign signs kernel, application and licence with the demo keys, unless these
// very programs were signed before.
func (l *Lane) sign() error {
	content := map[string][]byte{}
	now := release{Digests: map[string]string{}, Until: time.Now().AddDate(0, 0, releaseDays)}
	for _, name := range []string{programKernel, programApplication, programTerminal} {
		b, err := os.ReadFile(l.premises.Program(name))
		if err != nil {
			return err
		}
		content[name], now.Digests[name] = b, signing.Digest(b)
	}
	machine, err := l.machine()
	if err != nil {
		return err
	}
	if machine != nil {
		now.Digests[machineDigest] = machine.Digest()
	}
	var before release
	err = readJSON(l.document(releaseFile), &before)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if before.covers(now) {
		return nil
	}
	now.Version = before.Version + 1
	if err := l.signAs(now, content); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(l.premises.Of(premises.SecureWorld), updatesDir, "slots")) // installed anew
}

func (r release) covers(now release) bool {
	for name, digest := range now.Digests {
		if r.Digests[name] != digest {
			return false
		}
	}
	return time.Until(r.Until) > renewDays*24*time.Hour
}

func (l *Lane) signAs(r release, content map[string][]byte) error {
	var systems []string
	if d := r.Digests[machineDigest]; d != "" {
		systems = []string{d}
	}
	signed, err := ceremony.Sign(l.Home, signing.Release{
		Customer: l.Record.Customer, Version: r.Version, Minimum: 1, Kernel: content[programKernel], Systems: systems,
		Applications: []signing.Application{signing.Payment(r.Version, content[programApplication])},
		AppWorld:     [][]byte{content[programTerminal]}, KernelKey: l.Record.LicenceKey,
		Valid: signing.Validity{From: time.Now().Add(-time.Hour), Until: r.Until},
	})
	if err != nil {
		return fmt.Errorf("signing the secure world: %w", err)
	}
	if err := os.MkdirAll(l.document(""), 0o700); err != nil {
		return err
	}
	for name, b := range map[string][]byte{
		"kernel.manifest": signed.Manifest, "licence": signed.Licence, "payment.statement": signed.Statements["payment"],
		"payment.countersignature": signed.Countersignatures["payment"],
	} {
		if err := os.WriteFile(l.document(name), b, 0o600); err != nil {
			return err
		}
	}
	return writeJSON(l.document(releaseFile), r)
}
