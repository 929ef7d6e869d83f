//go:build linux

package estate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/premises"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// Levels of isolation.
const (
	IsolationProcess = "process"
	IsolationVM      = "vm"
)

// emulatedReadyWithin is readyWithin for level vm: an emulated processor takes 20
// seconds to compile the payment application, and boot proves the sandbox in two
// machines before.
const emulatedReadyWithin = 6 * time.Minute

// Machine is what boot starts a virtual machine from; its fields are documented
// there.
type Machine struct {
	QEMU    string        `json:"qemu"`
	Linux   MachineFile   `json:"linux"`
	Guest   MachineFile   `json:"guest"`
	Modules []MachineFile `json:"modules"`
	Disk    string        `json:"disk"`
	KVM     string        `json:"kvm"`
}

// MachineFile is a file and the SHA-256 that it must have, in hexadecimal.
type MachineFile struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// GuestSystem is the folder with the Linux of virtual machines, which make deps
// fetches: STRONGROOM_GUEST, or one of the two that .ci/guest knows.
func GuestSystem() (string, error) {
	if dir := os.Getenv("STRONGROOM_GUEST"); dir != "" {
		return dir, nil
	}
	places := []string{"/var/cache/strongroom/guest"}
	if cache, err := os.UserCacheDir(); err == nil {
		places = append(places, filepath.Join(cache, "strongroom", "guest"))
	}
	for _, dir := range places {
		if _, err := os.Stat(filepath.Join(dir, "vmlinuz")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("the Linux of virtual machines is not here: run make deps")
}

// NewMachine is what this machine's virtual machines start from. guest is the
// program of secureworld/guest, disk the image of the storage's disk.
func NewMachine(guest, disk string) (*Machine, error) {
	qemu, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		return nil, errors.New("qemu-system-x86_64 is not installed: run make deps")
	}
	dir, err := GuestSystem()
	if err != nil {
		return nil, err
	}
	m := &Machine{QEMU: qemu, Disk: disk, KVM: "if-working", Modules: []MachineFile{}}
	if m.Linux, err = pinned(filepath.Join(dir, "vmlinuz")); err != nil {
		return nil, err
	}
	if m.Guest, err = pinned(guest); err != nil {
		return nil, err
	}
	modules, err := filepath.Glob(filepath.Join(dir, "modules", "*.ko"))
	if err != nil {
		return nil, err
	}
	slices.Sort(modules)
	for _, path := range modules {
		f, err := pinned(path)
		if err != nil {
			return nil, err
		}
		m.Modules = append(m.Modules, f)
	}
	return m, nil
}

// Digest is the one that its kernel's report tells: SHA-256 over the digests of Linux,
// guest program and modules in this order, each on a line of its own.
func (m *Machine) Digest() string {
	sum := sha256.New()
	for _, f := range append([]MachineFile{m.Linux, m.Guest}, m.Modules...) {
		fmt.Fprintln(sum, f.SHA256)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// machine is that of this lane, none at another level.
func (l *Lane) machine() (*Machine, error) {
	if l.options.Isolation != IsolationVM {
		return nil, nil //nolint:nilnil // there is none
	}
	m, err := NewMachine(l.premises.Program(programGuest), filepath.Join(l.premises.Of(premises.SecureWorld), diskName))
	if err == nil && l.options.WithoutKVM {
		m.KVM = "off"
	}
	return m, err
}

func pinned(path string) (MachineFile, error) {
	b, err := os.ReadFile(path)
	return MachineFile{path, signing.Digest(b)}, err
}

// Isolation is the lane's level.
func (l *Lane) Isolation() string { return l.options.Isolation }

// isolationFile says at which level a home's lane runs: the storages of two levels
// lie in different places, and a device has one.
const isolationFile = "isolation"

// keepIsolation refuses a level that is not the home's.
func (l *Lane) keepIsolation() error {
	path := filepath.Join(l.Home, isolationFile)
	b, err := os.ReadFile(path)
	switch before := strings.TrimSpace(string(b)); {
	case errors.Is(err, os.ErrNotExist):
		return os.WriteFile(path, []byte(l.options.Isolation+"\n"), 0o600)
	case err != nil:
		return err
	case before != l.options.Isolation:
		return fmt.Errorf("the lane of %s is of isolation level %s; level %s needs another directory", l.Home, before, l.options.Isolation)
	}
	return nil
}

func (l *Lane) readyWithin() time.Duration {
	if l.options.Isolation == IsolationVM {
		return emulatedReadyWithin
	}
	return readyWithin
}
