package ceremony

import (
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// ErrElsewhere says that a lane's roles are not here: it was provisioned by
// commands, and what changed must be signed by those who signed before.
var ErrElsewhere = errors.New("the keys that sign for this lane are not here: it was provisioned elsewhere")

// AcquirerFolder is that of the demo's acquirer.
func AcquirerFolder(dir string) string { return roleDir(dir, role.Acquirer) }

// Elsewhere tells whether a lane's roles are not in its directory.
func Elsewhere(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, rolesFolder))
	return errors.Is(err, os.ErrNotExist)
}

// Manufacturer reads the demo's signing keys back, of all roles at once: a demo is
// manufacturer, developer and customer.
func Manufacturer(dir string) (signing.Manufacturer, error) {
	var m signing.Manufacturer
	for _, of := range []struct {
		role  role.Name
		seats map[string]*crypto.Signer
	}{
		{role.Manufacturer, map[string]*crypto.Signer{"root": &m.Root, "image": &m.Image}},
		{role.Developer, map[string]*crypto.Signer{"statement": &m.Developer}},
		{role.Customer, map[string]*crypto.Signer{"licence": &m.Licence, "configuration": &m.Configuration,
			"countersignature": &m.Countersignature}},
	} {
		if err := signers(dir, of.role, of.seats); err != nil {
			return m, err
		}
	}
	return m, nil
}

// UpdatesKey reads the key that signs the checkpoints of update repositories.
func UpdatesKey(dir string) (s crypto.Signer, err error) {
	return s, signers(dir, role.Manufacturer, map[string]*crypto.Signer{"updates": &s})
}

func signers(dir string, n role.Name, seats map[string]*crypto.Signer) error {
	f, err := role.Open(roleDir(dir, n), n, role.Options{})
	if errors.Is(err, role.ErrNone) {
		return ErrElsewhere
	}
	if err != nil {
		return fmt.Errorf("reading a key of the demo: %w", err)
	}
	for name, seat := range seats {
		if *seat, err = f.Signer(name); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}
