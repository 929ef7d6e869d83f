//go:build linux

package build

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/custody"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
)

func otherActs() []act {
	return []act{
		{role.Custodian, "init", "set a custodian of key components up", []string{"name"}, custodianInit},
		{role.Custodian, "component", "draw this custodian's components and seal them under his passphrase",
			[]string{"part", "out", "passphrase-fd?"}, custodianComponent},
		{role.Acquirer, "init", "set a demo's acquirer up, with the keys of two custodians",
			[]string{"name", "host", "component", "passphrase-fd?", "token?", "library?", "signer?", "pin-fd?"}, acquirerInit},
		{role.Acquirer, "device", "give a loaded device its keys towards the host", []string{"device", "currency", "pin-fd?"}, acquirerDevice},
		{role.Acquirer, "list", "list the certificates of terminals", nil, acquirerList},
		{role.Acquirer, "revoke", "take a terminal's certificate back and write the list of those revoked",
			[]string{"serial", "out", "pin-fd?"}, acquirerRevoke},
		{"", "audit", "show a role's record, and whether it is whole", []string{"state"}, showAudit},
		{"", "lane", "make a lane's directory of an enrolled device and its acquirer",
			[]string{"var", "device", "acquirer", "bin?"}, makeLane},
	}
}

func custodianInit(c *call) error {
	k, err := provision.InitCustodian(c.state, c.options())
	if err != nil {
		return err
	}
	return k.Close()
}

func custodianComponent(c *call) (err error) {
	k, err := provision.OpenCustodian(c.state, c.options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	words, err := c.secrets.passphrase(k.Name())
	if err != nil {
		return err
	}
	defer clear(words)
	b, keys, err := k.Component(c.part, words, provision.CustodyKeys()...)
	if err != nil {
		return err
	}
	for _, key := range keys {
		c.say("component %d of %s: check value %s", c.part, key.Name, key.Check)
	}
	return write(c.out, b)
}

func acquirerInit(c *call) (err error) {
	if len(c.components) != 2 {
		return errors.New("two custodians bring a component each")
	}
	made, err := c.combine()
	if err != nil {
		return err
	}
	defer made.Close()
	checks, err := made.Checks()
	if err != nil {
		return err
	}
	a, err := provision.InitAcquirer(c.state, c.options(), c.host, made, nil)
	if err != nil {
		return err
	}
	for _, k := range checks {
		c.say("key %s: check value %s", k.Name, k.Check)
	}
	return a.Close()
}

// combine opens both envelopes, one custodian after the other.
func (c *call) combine() (*custody.Room, error) {
	var both [2]*custody.Component
	for i, path := range c.components {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		who, err := custody.Custodian(b)
		if err != nil {
			return nil, err
		}
		words, err := c.secrets.passphrase(who)
		if err != nil {
			return nil, err
		}
		both[i], err = custody.Open(b, words)
		clear(words)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", who, err)
		}
		defer both[i].Wipe()
	}
	return custody.Combine(both[0], both[1])
}

func acquirerDevice(c *call) (err error) {
	a, err := provision.OpenAcquirer(c.state, c.options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	i, err := a.Enrol(c.device, c.currency)
	if err != nil {
		return err
	}
	c.say("terminal %s is enrolled: host key %s, PIN key %s", i.Terminal, i.HostKeyID, i.PINKeyID)
	return nil
}

func acquirerList(c *call) (err error) {
	a, err := provision.OpenAcquirer(c.state, c.options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	hosts, err := a.Hosts(false)
	if err != nil {
		return err
	}
	return c.certificates(hosts)
}

func acquirerRevoke(c *call) (err error) {
	a, err := provision.OpenAcquirer(c.state, c.options())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return c.result(a.Revoke(c.serial))
}

func showAudit(c *call) error {
	entries, head, err := role.Record(c.state)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%.16s\n", e.Number, e.Time.Format(time.RFC3339), e.Who, e.Act, e.Subject, e.Digest)
	}
	fmt.Fprintf(t, "\nwhole; the last line is %s\n", head)
	return t.Flush()
}

func makeLane(c *call) error {
	r, err := estate.Adopt(c.home, c.device, c.acquirer, c.programs)
	if err != nil {
		return err
	}
	c.say("lane of terminal %s in %s; now sign %s/parameters.document.json into %s/release/parameters, and put kernel.manifest, licence, payment.statement and payment.countersignature beside it",
		r.TerminalID, c.home, c.home, c.home)
	return nil
}
