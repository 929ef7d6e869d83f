//go:build linux

package build

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"
)

func customerActs() []act {
	n := role.Customer
	return []act{
		{n, "init", "set a customer up: licence, configuration and countersignature keys, firmware root key",
			[]string{"name", "token?", "library?", "signer?", "pin-fd?"}, customerInit},
		{n, "request", "ask the manufacturer to certify the keys", []string{"out", "pin-fd?"}, customerAct(requestAs)},
		{n, "accept", "take the manufacturer's certificates", []string{"in", "manufacturer", "pin-fd?"}, customerAct(acceptAs)},
		{n, "countersign", "sign for an application that the customer wants", []string{"in", "out", "pin-fd?"}, customerAct(countersign)},
		{n, "licence", "bind a kernel to the app world's programs, and to one device if it is named",
			[]string{"kernel", "program", "device?", "days?", "out", "pin-fd?"}, customerAct(licence)},
		{n, "parameters", "sign parameters of terminals", []string{"in", "out", "pin-fd?"}, customerAct(signParameters)},
		{n, "storage-reset", "sign that one device's storage may begin anew; what was in it is lost",
			[]string{"fingerprint", "anchor", "out", "pin-fd?"}, customerAct(storageReset)},
		{n, "device", "load a device that was made with the customer's keys",
			[]string{"device", "merchant", "currency", "country", "max-amount?", "zone?", "pin-fd?"}, customerAct(loadDevice)},
	}
}

func customerInit(c *call) error {
	k, err := provision.InitCustomer(c.state, c.options())
	if err != nil {
		return err
	}
	c.say("customer %s; next: request, and accept what the manufacturer answers", k.Name())
	return k.Close()
}

func customerAct(does func(*call, *provision.Customer) error) func(*call) error {
	return func(c *call) (err error) {
		k, err := provision.OpenCustomer(c.state, c.options())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, k.Close()) }()
		return does(c, k)
	}
}

func requestAs(c *call, k *provision.Customer) error { return c.result(k.Requests()) }

func acceptAs(c *call, k *provision.Customer) error { return accept(c, k) }

// accept takes certificates of the manufacturer whose key the person was told, by
// another way than the file.
func accept(c *call, by interface {
	Accept(b []byte, root []byte) error
}) error {
	b, err := os.ReadFile(c.in)
	if err != nil {
		return err
	}
	root, err := hex.DecodeString(c.manufacturer)
	if err != nil {
		return errors.New("the manufacturer's key is hexadecimal, 64 digits")
	}
	return by.Accept(b, root)
}

func countersign(c *call, k *provision.Customer) error {
	b, err := os.ReadFile(c.in)
	if err != nil {
		return err
	}
	return c.result(k.Countersign(b))
}

func licence(c *call, k *provision.Customer) error {
	r := signing.Release{Valid: provision.Valid(k.Now(), c.until())}
	var err error
	if r.Kernel, err = os.ReadFile(c.kernel); err != nil {
		return err
	}
	for _, path := range c.programFiles {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r.AppWorld = append(r.AppWorld, b)
	}
	if c.device != "" {
		i, err := provision.ReadDevice(c.device)
		if err != nil {
			return err
		}
		r.KernelKey = i.LicenceKey
	}
	return c.result(k.Licence(r))
}

func signParameters(c *call, k *provision.Customer) error {
	b, err := os.ReadFile(c.in)
	if err != nil {
		return err
	}
	d, err := parameters.Parse(bytes.TrimSpace(b))
	if err != nil {
		return fmt.Errorf("%s: %w", c.in, err)
	}
	return c.result(k.Parameters(d))
}

// storageReset takes what boot logs of the device: the digest of its parts, and the
// number of the storage's root record.
func storageReset(c *call, k *provision.Customer) error {
	return c.result(k.StorageReset(storagereset.Paper{Device: c.fingerprint, Anchor: c.anchor}))
}

func loadDevice(c *call, k *provision.Customer) error {
	if c.country == 0 || c.country > 999 {
		return errors.New("a country has three digits")
	}
	i, err := k.Load(c.device, provision.Deployment{Merchant: c.merchant, Currency: c.currency, Country: uint16(c.country),
		MaxAmount: c.maxAmount, TimeZone: c.zone})
	if err != nil {
		return err
	}
	c.say("terminal %s at %s is loaded; next: its acquirer", i.Terminal, i.Merchant)
	return nil
}
