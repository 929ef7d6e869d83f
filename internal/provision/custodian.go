package provision

import (
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/internal/provision/custody"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
)

// Custodian holds components of keys, and never a key.
type Custodian struct{ *role.Folder }

const holderFile = "holder" // what tells this custodian from another

// InitCustodian sets a custodian up.
func InitCustodian(dir string, o role.Options) (*Custodian, error) {
	f, err := role.Create(dir, role.Custodian, o)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Put(holderFile, []byte(custody.Holder())), f.Did("init", f.Name(), nil)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Custodian{f}, nil
}

// OpenCustodian opens a custodian's folder.
func OpenCustodian(dir string, o role.Options) (*Custodian, error) {
	f, err := role.Open(dir, role.Custodian, o)
	if err != nil {
		return nil, err
	}
	return &Custodian{f}, nil
}

// Component draws this custodian's part of keys, 1 or 2, and seals it under his
// passphrase. The check values are for him to keep.
func (c *Custodian) Component(part int, passphrase []byte, names ...string) ([]byte, []custody.Key, error) {
	holder, err := c.Get(holderFile)
	if err != nil {
		return nil, nil, err
	}
	k, err := custody.Draw(c.Name(), string(holder), part, names...)
	if err != nil {
		return nil, nil, err
	}
	defer k.Wipe()
	keys, err := k.Keys()
	if err != nil {
		return nil, nil, err
	}
	b, err := k.Seal(passphrase)
	if err != nil {
		return nil, nil, err
	}
	return b, keys, c.Did("component", fmt.Sprintf("part %d of %v", part, names), b)
}
