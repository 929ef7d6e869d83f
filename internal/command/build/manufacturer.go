//go:build linux

package build

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/deviceca"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

func manufacturerActs() []act {
	m := role.Manufacturer
	return []act{
		{m, "init", "set the manufacturer up: root, image, device authority and update keys",
			[]string{"name", "token?", "library?", "signer?", "pin-fd?"}, manufacturerInit},
		{m, "certify", "certify the keys that a customer or a developer asks for",
			[]string{"in", "out", "days?", "pin-fd?"}, manufacturerAct(certify)},
		{m, "release", "sign the manifest of a kernel image for one customer",
			[]string{"customer", "version", "minimum?", "kernel", "system?", "app?", "out", "pin-fd?"}, manufacturerAct(release)},
		{m, "device", "make a device: supplier keys and an identity for each part",
			[]string{"device", "terminal", "customer", "pin-fd?"}, manufacturerAct(makeDevice)},
		{m, "renew", "certify the key for kernel images anew", []string{"pin-fd?"},
			manufacturerAct(func(_ *call, m *provision.Manufacturer) error { return m.Renew() })},
		{m, "list", "list the certificates of devices", nil, manufacturerAct(listCertificates)},
		{m, "revoke", "take a device's certificate back and write the list of those revoked",
			[]string{"serial", "out", "pin-fd?"}, manufacturerAct(revoke)},
	}
}

func manufacturerInit(c *call) error {
	m, err := provision.InitManufacturer(c.state, c.options())
	if err != nil {
		return err
	}
	c.say("manufacturer %s, public key %s", m.Name(), hex.EncodeToString(m.Root()))
	return m.Close()
}

func manufacturerAct(does func(*call, *provision.Manufacturer) error) func(*call) error {
	return func(c *call) (err error) {
		m, err := provision.OpenManufacturer(c.state, c.options())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, m.Close()) }()
		return does(c, m)
	}
}

func certify(c *call, m *provision.Manufacturer) error {
	requests, err := os.ReadFile(c.in)
	if err != nil {
		return err
	}
	asked, err := provision.Look(requests)
	if err != nil {
		return err
	}
	for _, a := range asked {
		c.say("%s of %s %s", a.Role, a.Name, strings.Join(a.Names, " "))
	}
	return c.result(m.Certify(requests, c.until()))
}

func release(c *call, m *provision.Manufacturer) error {
	kernel, err := os.ReadFile(c.kernel)
	if err != nil {
		return err
	}
	var apps []signing.Shipped
	for _, path := range c.apps {
		a, err := shipped(path)
		if err != nil {
			return err
		}
		apps = append(apps, a)
	}
	return c.result(m.Release(signing.Release{Customer: c.customer, Version: c.version, Minimum: c.minimum, Kernel: kernel, Systems: c.systems}, apps))
}

// shipped reads NAME.wasm with NAME.statement and, if there is one,
// NAME.countersignature beside it.
func shipped(path string) (a signing.Shipped, err error) {
	base := strings.TrimSuffix(path, ".wasm")
	if a.Module, err = os.ReadFile(path); err != nil {
		return a, err
	}
	if a.Statement, err = os.ReadFile(base + ".statement"); err != nil {
		return a, err
	}
	a.Countersignature, err = os.ReadFile(base + ".countersignature")
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return a, err
}

func makeDevice(c *call, m *provision.Manufacturer) error {
	i, err := m.Make(c.device, c.terminal, c.customer)
	if err != nil {
		return err
	}
	c.say("terminal %s for %s: reader %s, PIN pad %s; next: its customer", i.Terminal, i.Customer, i.ReaderDevice, i.PINPadDevice)
	return nil
}

func listCertificates(c *call, m *provision.Manufacturer) error {
	a, err := m.Devices(false)
	if err != nil {
		return err
	}
	return c.certificates(a)
}

// certificates shows an authority's register.
func (c *call) certificates(a *deviceca.Authority) error {
	t := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SERIAL\tPURPOSE\tNAME\tUNTIL\t")
	for _, e := range a.List() {
		state := ""
		if e.Revoked != nil {
			state = "revoked " + e.Revoked.Format("2006-01-02")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", e.Serial, e.Purpose, e.Name, e.NotAfter.Format("2006-01-02"), state)
	}
	return t.Flush()
}

func revoke(c *call, m *provision.Manufacturer) error {
	return c.result(m.Revoke(c.serial))
}
