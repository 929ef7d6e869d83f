package provision

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"
)

// Customer deploys devices.
type Customer struct {
	party
	// Draw draws keys of devices; nil: the system's random source.
	Draw Drawer
}

const (
	firmwareFile = "firmware.root" // 32 raw bytes: root of the firmware root keys of his devices
	serialFile   = "licences.json" // how many licences there were
)

// InitCustomer sets a customer up.
func InitCustomer(dir string, o role.Options) (*Customer, error) {
	f, err := role.Create(dir, role.Customer, o)
	if err != nil {
		return nil, err
	}
	c := &Customer{party: customerParty(f)}
	if err := c.begin(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return c, nil
}

func customerParty(f *role.Folder) party {
	return party{f, []seat{{"licence", signing.RoleLicence}, {"configuration", signing.RoleConfiguration},
		{"countersignature", signing.RoleCountersignature}}, nil}
}

func (c *Customer) begin() error {
	root, err := c.Draw.draw("customer firmware root", aesSize)
	if err != nil {
		return err
	}
	defer clear(root)
	if err := c.PutSecret(firmwareFile, root); err != nil {
		return err
	}
	return c.generate()
}

// OpenCustomer opens a customer's folder.
func OpenCustomer(dir string, o role.Options) (*Customer, error) {
	f, err := role.Open(dir, role.Customer, o)
	if err != nil {
		return nil, err
	}
	return &Customer{party: customerParty(f)}, nil
}

// Countersign signs for an application that the customer wants.
func (c *Customer) Countersign(statement []byte) ([]byte, error) {
	k, err := c.as(signing.RoleCountersignature)
	if err != nil {
		return nil, err
	}
	b, err := k.Countersign(statement)
	if err != nil {
		return nil, err
	}
	return b, c.Did("countersign", "application statement "+signing.Digest(statement)[:16], b)
}

// Licence signs a licence for a kernel and the app world's programs. It is the
// customer's own: the release's customer is he.
func (c *Customer) Licence(r signing.Release) ([]byte, error) {
	k, err := c.as(signing.RoleLicence)
	if err != nil {
		return nil, err
	}
	serial, err := c.nextSerial()
	if err != nil {
		return nil, err
	}
	r.Customer = c.Name()
	b, err := k.Licence(serial, r)
	if err != nil {
		return nil, err
	}
	return b, c.Did("licence", "licence "+serial+" until "+r.Valid.Until.UTC().Format("2006-01-02"), b)
}

func (c *Customer) nextSerial() (string, error) {
	var last uint64
	b, err := c.Get(serialFile)
	if err == nil && json.Unmarshal(b, &last) != nil {
		err = errors.New("the number of licences is damaged")
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return fmt.Sprintf("%06d", last+1), putJSON(c.Folder, serialFile, last+1)
}

// Parameters signs parameters of the customer's terminals.
func (c *Customer) Parameters(d parameters.Document) ([]byte, error) {
	k, err := c.as(signing.RoleConfiguration)
	if err != nil {
		return nil, err
	}
	b, err := k.Parameters(d)
	if err != nil {
		return nil, err
	}
	return b, c.Did("parameters", fmt.Sprintf("version %d", d.Version), b)
}

// StorageReset signs that one device's storage may begin anew.
func (c *Customer) StorageReset(p storagereset.Paper) ([]byte, error) {
	k, err := c.as(signing.RoleConfiguration)
	if err != nil {
		return nil, err
	}
	b, err := k.StorageReset(p)
	if err != nil {
		return nil, err
	}
	return b, c.Did("storage reset", "device "+p.Device[:16], b)
}
