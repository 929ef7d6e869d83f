package ceremony

import (
	"errors"

	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// Sign has a demo's roles sign a release, each its own part, and write down that
// they did.
func Sign(dir string, r signing.Release) (out signing.Signed, err error) {
	c, err := gather(dir)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	out.Statements, out.Countersignatures = map[string][]byte{}, map[string][]byte{}
	var apps []signing.Shipped
	for _, a := range r.Applications {
		s, err := c.ship(a)
		if err != nil {
			return out, err
		}
		apps, out.Statements[a.Name] = append(apps, s), s.Statement
		if s.Countersignature != nil {
			out.Countersignatures[a.Name] = s.Countersignature
		}
	}
	if out.Manifest, err = c.manufacturer.Release(r, apps); err != nil {
		return out, err
	}
	out.Licence, err = c.customer.Licence(r)
	return out, err
}

// ship has the developer sign an application and, where it is wanted, the customer.
func (c *cast) ship(a signing.Application) (s signing.Shipped, err error) {
	s.Module = a.Module
	if s.Statement, err = c.developer.Sign(a); err != nil || !a.Countersign {
		return s, err
	}
	s.Countersignature, err = c.customer.Countersign(s.Statement)
	return s, err
}

// SignParameters has a demo's customer sign parameters.
func SignParameters(dir string, d parameters.Document) ([]byte, error) {
	c, err := gather(dir)
	if err != nil {
		return nil, err
	}
	raw, err := c.customer.Parameters(d)
	return raw, errors.Join(err, c.close())
}

// gather opens the folders of the roles that sign.
func gather(dir string) (c cast, err error) {
	if Elsewhere(dir) {
		return c, ErrElsewhere
	}
	if c.manufacturer, err = provision.OpenManufacturer(roleDir(dir, role.Manufacturer), role.Options{}); err == nil {
		c.customer, err = provision.OpenCustomer(roleDir(dir, role.Customer), role.Options{})
	}
	if err == nil {
		c.developer, err = provision.OpenDeveloper(roleDir(dir, role.Developer), role.Options{})
	}
	if err != nil {
		return cast{}, errors.Join(err, c.close())
	}
	return c, nil
}
