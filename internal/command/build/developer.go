//go:build linux

package build

import (
	"errors"
	"os"

	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

func developerActs() []act {
	n := role.Developer
	return []act{
		{n, "init", "set a developer of trusted applications up",
			[]string{"name", "application", "token?", "library?", "signer?", "pin-fd?"}, developerInit},
		{n, "request", "ask the manufacturer to certify the key", []string{"out", "pin-fd?"},
			developerAct(func(c *call, d *provision.Developer) error { return c.result(d.Requests()) })},
		{n, "accept", "take the manufacturer's certificate", []string{"in", "manufacturer", "pin-fd?"},
			developerAct(func(c *call, d *provision.Developer) error { return accept(c, d) })},
		{n, "sign", "sign an application's manifest",
			[]string{"name", "version", "module", "permission?", "keep-data?", "out", "pin-fd?"}, developerAct(signApplication)},
	}
}

func developerInit(c *call) error {
	d, err := provision.InitDeveloper(c.state, c.options(), c.names...)
	if err != nil {
		return err
	}
	c.say("developer %s of %s; next: request, and accept what the manufacturer answers", d.Name(), c.names.String())
	return d.Close()
}

func developerAct(does func(*call, *provision.Developer) error) func(*call) error {
	return func(c *call) (err error) {
		d, err := provision.OpenDeveloper(c.state, c.options())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		return does(c, d)
	}
}

func signApplication(c *call, d *provision.Developer) error {
	module, err := os.ReadFile(c.module)
	if err != nil {
		return err
	}
	return c.result(d.Sign(signing.Application{Name: c.name, Version: c.version, Module: module, Permissions: c.words, KeepData: c.keepData}))
}
