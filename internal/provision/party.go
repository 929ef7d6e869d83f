package provision

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// seat is a key of a party and the role in which it signs.
type seat struct {
	key  string
	role signing.Role
}

// party is a customer or a developer: who has keys that the manufacturer certifies.
type party struct {
	*role.Folder
	seats []seat
	names []string // a developer's applications
}

func (p party) generate() error {
	for _, s := range p.seats {
		if _, err := p.Generate(s.key, role.Ed25519); err != nil {
			return err
		}
	}
	return p.Did("init", p.Name(), nil)
}

// Requests asks for certificates of all the party's keys.
func (p party) Requests() ([]byte, error) {
	var r Requests
	for _, s := range p.seats {
		k, err := p.Signer(s.key)
		if err != nil {
			return nil, err
		}
		raw, err := signing.MakeRequest(k, s.role, p.Name(), p.names...)
		if err != nil {
			return nil, err
		}
		r.Requests = append(r.Requests, raw)
	}
	b, err := encodeBundle(r)
	if err != nil {
		return nil, err
	}
	return b, p.Did("request", "", b)
}

// Accept takes the certificates of the manufacturer whose public key this is, as
// the person was told it by another way than the file. The first manufacturer
// stays the one.
func (p party) Accept(b, manufacturer []byte) error {
	c, root, err := parseCertificates(b)
	if err != nil {
		return err
	}
	if !bytes.Equal(root, manufacturer) {
		return errors.New("the certificates are of another manufacturer")
	}
	for _, s := range p.seats {
		raw := c.Certificates[string(s.role)]
		if raw == nil {
			return fmt.Errorf("%w: there is none for %s", errNoneNeeded, s.role)
		}
		k, err := p.Signer(s.key)
		if err != nil {
			return err
		}
		if _, err := signing.Accept(raw, root, k, s.role, p.Now()); err != nil {
			return err
		}
	}
	if err := p.SetRoot(root); err != nil {
		return err
	}
	for name, raw := range c.Certificates {
		if err := p.keep(name, raw); err != nil {
			return err
		}
	}
	return p.Did("accept", "manufacturer "+c.Manufacturer, b)
}

func (p party) keep(name string, raw json.RawMessage) error {
	for _, s := range p.seats {
		if string(s.role) == name {
			return p.Put(certificateFile(s.role), raw)
		}
	}
	return errNoneNeeded
}

// as is one of the party's keys with its certificate.
func (p party) as(r signing.Role) (signing.Certified, error) {
	for _, s := range p.seats {
		if s.role == r {
			return certified(p.Folder, s.key, r, p.Root())
		}
	}
	return signing.Certified{}, fmt.Errorf("the %s has no key for %s", p.Role(), r)
}
