//go:build linux

package estate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// How the root of a storage is protected.
const (
	RootFile       = "file"
	RootPassphrase = "passphrase"
	RootTPM        = "tpm"
)

// rootFile tells how a home's is. It is no secret and nothing rests on it: the kernel
// knows better. It is written when a lane is up.
const rootFile = "storage.root"

// StorageRoot is how the root of a home's storage is protected.
func StorageRoot(home string) (string, error) {
	b, err := os.ReadFile(filepath.Join(home, rootFile))
	if errors.Is(err, os.ErrNotExist) {
		return RootFile, nil
	}
	return strings.TrimSpace(string(b)), err
}

// keepStorageRoot fills in what was not said, and refuses what the change to it lacks.
func (l *Lane) keepStorageRoot() (err error) {
	o := &l.options
	if l.rootedBy, err = StorageRoot(l.Home); err != nil {
		return err
	}
	switch {
	case o.StorageRoot == "" && o.TPM != "" && l.rootedBy == RootFile:
		o.StorageRoot = RootTPM
	case o.StorageRoot == "":
		o.StorageRoot = l.rootedBy
	}
	tpm := o.StorageRoot == RootTPM || l.rootedBy == RootTPM
	switch {
	case o.StorageRoot != RootFile && o.StorageRoot != RootPassphrase && o.StorageRoot != RootTPM:
		return errors.New("the storage's root is protected by file, passphrase or tpm")
	case tpm && o.TPM == "":
		return fmt.Errorf("the storage's root of %s is sealed in a TPM, or is to be: it must be named", l.Home)
	case o.StorageRoot == RootPassphrase && len(o.Passphrase) == 0:
		return fmt.Errorf("the storage's root of %s needs its passphrase", l.Home)
	case l.rootedBy == RootPassphrase && o.StorageRoot != RootPassphrase && len(o.PassphraseBefore) == 0:
		return fmt.Errorf("the storage's root of %s is under a passphrase until now, which is needed", l.Home)
	}
	return nil
}

func (l *Lane) rememberStorageRoot() error {
	return os.WriteFile(filepath.Join(l.Home, rootFile), []byte(l.options.StorageRoot+"\n"), 0o600)
}

// bootRoot is a protection as boot's configuration names it.
type bootRoot struct {
	Protection string `json:"protection"`
	Passphrase string `json:"passphrase,omitempty"`
}

// storageRoots are what protects the root from this start on, and what did before.
func (l *Lane) storageRoots() (now, before bootRoot) {
	now, before = bootRoot{Protection: l.options.StorageRoot}, bootRoot{Protection: l.rootedBy}
	if now.Protection == RootPassphrase {
		now.Passphrase = l.descriptor(0)
	}
	switch {
	case before.Protection != RootPassphrase && before.Protection == now.Protection:
		before = bootRoot{}
	case before.Protection != RootPassphrase:
	case len(l.options.PassphraseBefore) == 0:
		before = bootRoot{} // the same
	default:
		before.Passphrase = l.descriptor(len(l.secrets()) - 1)
	}
	return now, before
}

// secrets are what boot reads, each from a descriptor of its own; it inherits no other.
func (l *Lane) secrets() (all [][]byte) {
	if l.options.StorageRoot == RootPassphrase {
		all = append(all, l.options.Passphrase)
	}
	if l.rootedBy == RootPassphrase && len(l.options.PassphraseBefore) != 0 {
		all = append(all, l.options.PassphraseBefore)
	}
	return all
}

// descriptor is where package child puts a secret.
func (*Lane) descriptor(n int) string { return fmt.Sprintf("fd:%d", 3+n) }

// demandRoot lets the acquirer ask for the protection that this device was given.
func (l *Lane) demandRoot(p *acquirer.Attestation) {
	if l.options.StorageRoot != RootFile {
		p.StorageRoots = []string{l.options.StorageRoot}
	}
}
