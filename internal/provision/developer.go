package provision

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// Developer makes trusted applications.
type Developer struct{ party }

const namesFile = "applications.json"

// InitDeveloper sets a developer up who is going to sign applications of these
// names.
func InitDeveloper(dir string, o role.Options, names ...string) (*Developer, error) {
	if len(names) == 0 {
		return nil, errors.New("a developer names the applications that he is going to sign")
	}
	f, err := role.Create(dir, role.Developer, o)
	if err != nil {
		return nil, err
	}
	d := &Developer{developerParty(f, names)}
	if err := putJSON(f, namesFile, names); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := d.generate(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return d, nil
}

// OpenDeveloper opens a developer's folder.
func OpenDeveloper(dir string, o role.Options) (*Developer, error) {
	f, err := role.Open(dir, role.Developer, o)
	if err != nil {
		return nil, err
	}
	var names []string
	b, err := f.Get(namesFile)
	if err != nil || json.Unmarshal(b, &names) != nil {
		return nil, errors.Join(errors.New("the developer's list of applications is damaged"), f.Close())
	}
	return &Developer{developerParty(f, names)}, nil
}

func developerParty(f *role.Folder, names []string) party {
	return party{f, []seat{{"statement", signing.RoleDeveloper}}, names}
}

// Sign signs an application's manifest.
func (d *Developer) Sign(a signing.Application) ([]byte, error) {
	if !slices.Contains(d.names, a.Name) {
		return nil, fmt.Errorf("this developer's applications are %q, and %q is none of them", d.names, a.Name)
	}
	k, err := d.as(signing.RoleDeveloper)
	if err != nil {
		return nil, err
	}
	b, err := k.Statement(a)
	if err != nil {
		return nil, err
	}
	return b, d.Did("sign", fmt.Sprintf("application %s, version %d", a.Name, a.Version), b)
}
