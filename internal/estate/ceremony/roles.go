package ceremony

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/custody"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
)

// Who the demo's parties and its terminal are.
const (
	maker      = "Strongroom demo"
	customer   = "strongroom-demo"
	terminalID = "DEMO0001"
	merchantID = "STRONGROOMDEMO1"
	currency   = "EUR"
	isoEUR     = "978" // ISO 4217, numeric
	country    = 276   // ISO 3166, Germany
	maxAmount  = 1_000_000
)

// Names in the certificates of the two servers of a lane.
const (
	DoorsName = provision.DoorsName // towards reader and PIN pad
	HostName  = "acquirer.demo"     // towards the terminal
)

const rolesFolder = "roles"

func roleDir(dir string, n role.Name) string { return filepath.Join(dir, rolesFolder, string(n)) }

// years is how long the demo's certificates last.
const years = 5

// cast is who takes part, while a ceremony is held.
type cast struct {
	manufacturer *provision.Manufacturer
	customer     *provision.Customer
	developer    *provision.Developer
	acquirer     *provision.Acquirer
}

func (c *cast) close() error {
	var err error
	if c.manufacturer != nil {
		err = c.manufacturer.Close()
	}
	if c.customer != nil {
		err = errors.Join(err, c.customer.Close())
	}
	if c.developer != nil {
		err = errors.Join(err, c.developer.Close())
	}
	if c.acquirer != nil {
		err = errors.Join(err, c.acquirer.Close())
	}
	return err
}

// hold sets the roles up and passes one device through their hands.
func hold(dir string, draw provision.Drawer, now time.Time) (r Record, err error) {
	for _, cutOff := range []string{rolesFolder, Worlds} {
		if err := os.RemoveAll(filepath.Join(dir, cutOff)); err != nil {
			return Record{}, err
		}
	}
	var c cast
	err = c.setUp(dir, draw, now)
	if err == nil {
		err = c.certify(now)
	}
	if err == nil {
		err = c.makeDevice(filepath.Join(dir, Worlds), draw, now)
	}
	if err = errors.Join(err, c.close()); err != nil {
		return Record{}, fmt.Errorf("key ceremony: %w", err)
	}
	return assemble(dir, roleDir(dir, role.Acquirer), now)
}

func (c *cast) setUp(dir string, draw provision.Drawer, now time.Time) (err error) {
	who := func(name string) role.Options {
		return role.Options{Name: name, Now: func() time.Time { return now }}
	}
	if c.manufacturer, err = provision.InitManufacturer(roleDir(dir, role.Manufacturer), who(maker)); err != nil {
		return err
	}
	if c.customer, err = provision.InitCustomer(roleDir(dir, role.Customer), who(customer)); err != nil {
		return err
	}
	if c.developer, err = provision.InitDeveloper(roleDir(dir, role.Developer), who(maker), "payment"); err != nil {
		return err
	}
	made, err := bothCustodians()
	if err != nil {
		return err
	}
	defer made.Close()
	c.acquirer, err = provision.InitAcquirer(roleDir(dir, role.Acquirer), who(maker), HostName, made, draw)
	return err
}

// bothCustodians makes the acquirer's keys of two components, as people do; in a
// demo nobody keeps them.
func bothCustodians() (*custody.Room, error) {
	one, err := custody.Draw("demo custodian 1", custody.Holder(), 1, provision.CustodyKeys()...)
	if err != nil {
		return nil, err
	}
	other, err := custody.Draw("demo custodian 2", custody.Holder(), 2, provision.CustodyKeys()...)
	if err != nil {
		return nil, err
	}
	return custody.Combine(one, other)
}

// certify has the manufacturer certify the others' keys.
func (c *cast) certify(now time.Time) error {
	for _, party := range []interface {
		Requests() ([]byte, error)
		Accept(certificates, manufacturer []byte) error
	}{c.customer, c.developer} {
		requests, err := party.Requests()
		if err != nil {
			return err
		}
		certificates, err := c.manufacturer.Certify(requests, now.AddDate(years, 0, 0))
		if err != nil {
			return err
		}
		if err := party.Accept(certificates, c.manufacturer.Root()); err != nil {
			return err
		}
	}
	return nil
}

func (c *cast) makeDevice(dir string, draw provision.Drawer, now time.Time) error {
	c.manufacturer.Draw, c.customer.Draw = draw, draw
	if _, err := c.manufacturer.Make(dir, terminalID, customer); err != nil {
		return err
	}
	if _, err := c.customer.Load(dir, provision.Deployment{Merchant: merchantID, Currency: currency, Country: country,
		MaxAmount: maxAmount, TimeZone: now.Format("-07:00")}); err != nil {
		return err
	}
	_, err := c.acquirer.Enrol(dir, isoEUR)
	return err
}
