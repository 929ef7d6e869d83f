//go:build linux

package build

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/provision/role"
)

// call is one command with what its flags say.
type call struct {
	act            act
	f              *flag.FlagSet
	stdout, stderr io.Writer
	secrets        secrets

	state, name, in, out     string
	token, library, signer   string
	customer, terminal       string
	device, acquirer, serial string
	kernel, module, host     string
	merchant, currency, zone string
	manufacturer, custodian  string
	home, programs           string
	fingerprint              string
	apps, systems            list
	programFiles             list
	components, names, words list
	version, minimum, anchor uint64
	days, part               int
	country                  uint
	maxAmount                int64
	keepData                 bool
}

// list is a flag that is given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set takes one more.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// define defines the flags that an act takes.
func (c *call) define() {
	for name, to := range map[string]struct {
		to    *string
		value string
		words string
	}{
		"name":         {&c.name, "", "`who` this is, for certificates and the record"},
		"in":           {&c.in, "", "`file` to be read"},
		"out":          {&c.out, "", "`file` to be written; one that exists is never replaced"},
		"token":        {&c.token, "", "`label` of the PKCS#11 token for the keys; none: files, for demos"},
		"library":      {&c.library, "", "the token's PKCS#11 library, a `file`"},
		"signer":       {&c.signer, beside("pkcs11signer"), "the `program` that speaks to the token"},
		"customer":     {&c.customer, "", "`name` of the customer"},
		"terminal":     {&c.terminal, "", "terminal `id`, 1 to 8 letters and digits"},
		"device":       {&c.device, "", "`folder` of the device"},
		"acquirer":     {&c.acquirer, "", "`folder` of the acquirer's role"},
		"serial":       {&c.serial, "", "serial `number` of a certificate"},
		"kernel":       {&c.kernel, "", "the kernel `program`"},
		"module":       {&c.module, "", "the application's module, a `file`"},
		"host":         {&c.host, "", "`name` of the acquirer's host"},
		"merchant":     {&c.merchant, "", "merchant `id`, DE 42"},
		"currency":     {&c.currency, "", "ISO 4217: `letters` for a customer, digits for an acquirer"},
		"zone":         {&c.zone, "+00:00", "`offset` of local time"},
		"manufacturer": {&c.manufacturer, "", "the manufacturer's public `key`, hexadecimal, as he told it"},
		"fingerprint":  {&c.fingerprint, "", "the `digest` of the device's parts, as boot logs it"},
		"var":          {&c.home, "", "`directory` of a lane"},
		"bin":          {&c.programs, "bin", "`directory` of the built programs"},
	} {
		if c.takes(name) {
			c.f.StringVar(to.to, name, to.value, to.words)
		}
	}
	for name, to := range map[string]struct {
		to    *list
		words string
	}{
		"application": {&c.names, "`name` of an application that the developer signs; again for another"},
		"system":      {&c.systems, "`digest` of what a virtual machine around the kernel may start from, as boot logs it; again for another; none: any"},
		"app":         {&c.apps, "`MODULE`: beside it NAME.statement and, if needed, NAME.countersignature; again for another"},
		"program":     {&c.programFiles, "`program` of the app world; again for another"},
		"component":   {&c.components, "a custodian's `envelope`; again for the other"},
		"permission":  {&c.words, "`word` of the manifest; again for another"},
	} {
		if c.takes(name) {
			c.f.Var(to.to, name, to.words)
		}
	}
	c.defineNumbers()
}

func (c *call) defineNumbers() {
	for name, define := range map[string]func(name string){
		"version": func(n string) { c.f.Uint64Var(&c.version, n, 0, "`number` that counts up") },
		"minimum": func(n string) {
			c.f.Uint64Var(&c.minimum, n, 1, "`number` below which releases are refused once this one proved healthy")
		},
		"anchor": func(n string) {
			c.f.Uint64Var(&c.anchor, n, 0, "`number` of the storage's root record, as boot keeps it")
		},
		"days":       func(n string) { c.f.IntVar(&c.days, n, 365, "how many `days` the signature holds") },
		"part":       func(n string) { c.f.IntVar(&c.part, n, 0, "1 or 2: which `part` of the keys this custodian holds") },
		"country":    func(n string) { c.f.UintVar(&c.country, n, 0, "ISO 3166, `digits`") },
		"max-amount": func(n string) { c.f.Int64Var(&c.maxAmount, n, 1_000_000, "highest `amount`, minor units") },
		"keep-data":  func(n string) { c.f.BoolVar(&c.keepData, n, false, "the application's storage outlives its removal") },
		"pin-fd": func(n string) {
			c.f.IntVar(&c.secrets.pinFD, n, -1, "file `descriptor` with the token's PIN; none: asked for")
		},
		"passphrase-fd": func(n string) {
			c.f.Var(&c.secrets.fds, n, "file `descriptor` with a custodian's passphrase, in the order of the envelopes; none: asked for")
		},
	} {
		if c.takes(name) {
			define(name)
		}
	}
}

func (c *call) takes(name string) bool {
	for _, f := range c.act.flags {
		if strings.TrimSuffix(f, "?") == name {
			return true
		}
	}
	return false
}

func newCall(a act, stdout, stderr io.Writer) *call {
	c := &call{act: a, stdout: stdout, stderr: stderr, secrets: secrets{pinFD: -1}}
	c.f = flag.NewFlagSet("strongroom provision "+string(a.role)+" "+a.name, flag.ContinueOnError)
	c.f.SetOutput(stderr)
	if a.role != "" || c.takes("state") {
		c.f.StringVar(&c.state, "state", "", "the role's own `folder`")
	}
	c.define()
	return c
}

// parse wants every flag that an act takes, unless it is marked with "?".
func (c *call) parse(args []string) error {
	if err := c.f.Parse(args); err != nil {
		return err
	}
	if c.f.NArg() > 0 {
		return fmt.Errorf("%q is no flag", c.f.Arg(0))
	}
	given := map[string]bool{}
	c.f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	need := c.act.flags
	if c.act.role != "" {
		need = append([]string{"state"}, need...)
	}
	for _, name := range need {
		if !strings.HasSuffix(name, "?") && !given[name] {
			return fmt.Errorf("-%s is needed (-h tells what it is)", name)
		}
	}
	return nil
}

// options are for opening or creating the role's folder.
func (c *call) options() role.Options {
	o := role.Options{Name: c.name, PIN: c.secrets.pin}
	if c.token != "" {
		o.Token = &role.Token{Program: c.signer, Library: c.library, Label: c.token}
	}
	return o
}

func (c *call) until() time.Time { return time.Now().AddDate(0, 0, c.days) }

func (c *call) say(format string, args ...any) { fmt.Fprintf(c.stdout, format+"\n", args...) }

// result writes what came of an act.
func (c *call) result(b []byte, err error) error {
	if err != nil {
		return err
	}
	return write(c.out, b)
}

// beside is a program in the folder of this one.
func beside(name string) string {
	self, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(self), name)
}
