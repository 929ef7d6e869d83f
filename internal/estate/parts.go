//go:build linux

package estate

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
	"github.com/strongroom-pos/strongroom/internal/provision"
)

// Names of a lane's processes.
const (
	Element  = "element"
	Acquirer = "acquirer"
	Boot     = "boot"
	Kernel   = "kernel" // boot's child
	Reader   = "reader"
	PINPad   = "pinpad"
	Terminal = "terminal"
	PCSC     = "pcscd" // the private pcscd with the card tray
)

// startable are those that Restart can start, in the order of a start.
func (l *Lane) startable() []string {
	return append(l.elementNames(), Acquirer, Boot, Reader, PINPad, Terminal)
}

// config is how a process is started.
func (l *Lane) config(name string) child.Config {
	c := child.Config{Name: name, Log: filepath.Join(l.Home, "logs", name+".log")}
	switch name {
	case Element, ElementGcrypt, ElementNettle:
		m, _ := memberOf(name)
		l.configElement(&c, m)
	case MCU:
		l.configMCU(&c)
	case Hub:
		l.configHub(&c)
	case Acquirer:
		l.configAcquirer(&c)
	case Boot:
		c.Path, c.Dir = l.premises.Program(programBoot), l.premises.Of(premises.SecureWorld)
		c.Args = []string{"-config", filepath.Join(c.Dir, "boot.json")}
		c.Secrets = l.secrets()
	case Reader:
		l.configReader(&c)
	case PINPad:
		l.configPINPad(&c)
	case Terminal:
		l.configTerminal(&c)
	default:
		panic("estate: internal error: no such process")
	}
	l.options.Launch(name, &c)
	return c
}

// as makes a process one of a world, in its directory.
func (l *Lane) as(c *child.Config, w premises.World, program string) (dir string) {
	dir = l.premises.Of(w)
	c.Path, c.Dir, c.User = l.premises.Program(program), dir, l.premises.User(w)
	return dir
}

func (l *Lane) configAcquirer(c *child.Config) {
	dir := l.as(c, premises.Acquirer, programAcquirer)
	in := func(name string) string { return filepath.Join(dir, name) }
	c.Args = []string{
		"-listen", l.listen(Acquirer, "127.0.0.1:0"),
		"-tls-cert", in("cert.pem"), "-tls-key", in("key.pem"), "-ca", in("ca.pem"),
		"-db", in("acquirer.db"), "-cards", in("cards.json"), "-terminals", in("terminals.json"),
		"-addresses", in(addressesFile), "-control", in("control.sock"), "-attestation", in(policyFile),
	}
	c.Args = append(c.Args, l.elementArgs(dir)...)
	if _, err := os.Stat(in(provision.RevokedFile)); err == nil { // a home from before there were lists has none
		c.Args = append(c.Args, "-revoked", in(provision.RevokedFile))
	}
	c.Args = append(c.Args, l.misbehave()...)
	if l.options.Faults != "" {
		c.Args = append(c.Args, "-fault", l.options.Faults)
	}
}

// noPreemption keeps Go's preemption signals from saving registers, and with them
// parts of what a device has just wiped, in memory that nobody wipes.
const noPreemption = "GODEBUG=asyncpreemptoff=1"

func (l *Lane) configReader(c *child.Config) {
	dir := l.as(c, premises.Reader, programReader)
	c.Args = []string{
		"-config", dir, "-health", filepath.Join(dir, healthFile), "-display", "-stripe", filepath.Join(dir, "stripe.sock"),
	}
	if l.options.DirectCards {
		c.Args = append(c.Args, "-direct", dir)
	} else {
		c.Args = append(c.Args, "-reader", pcscbox.ReaderName, "-field", pcscbox.FieldName)
	}
	c.Env = []string{noPreemption, "PCSCLITE_CSOCK_NAME=" + filepath.Join(l.premises.PCSC(), "pcscd.comm")}
}

func (l *Lane) configPINPad(c *child.Config) {
	dir := l.as(c, premises.PINPad, programPINPad)
	c.Args = []string{
		"-config", dir, "-page", l.listen(PINPad, l.options.PINPadPage),
		"-health", filepath.Join(dir, healthFile), "-addresses", filepath.Join(dir, addressesFile),
	}
	if n := l.options.PINsAtOnce; n > 0 {
		c.Args = append(c.Args, "-pins-at-once", strconv.Itoa(n))
	}
	c.Env = []string{noPreemption}
}

func (l *Lane) configTerminal(c *child.Config) {
	dir := l.as(c, premises.Terminal, programTerminal)
	c.Args = []string{
		"-listen", l.listen(Terminal, l.options.Listen), "-mailbox", "unix:" + l.door("mailbox"), "-data", dir,
		"-merchant", l.options.Merchant, "-environment", "demo", "-addresses", filepath.Join(dir, addressesFile),
	}
	if l.options.LAN != "" {
		c.Args = append(c.Args, "-tls", l.options.LAN)
	}
}

// listen is the address that a program had before, so that a restart does not
// move it.
func (l *Lane) listen(name, first string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if address := l.listens[name]; address != "" {
		return address
	}
	return first
}

func (l *Lane) keepAddress(name, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listens[name] = address
}

const (
	addressesFile = "addresses.json"
	healthFile    = "health.json"
)

// removeOld removes what a process writes when it is ready, so that an earlier
// run's is not taken for this one's.
func (l *Lane) removeOld(name string) error {
	w, ok := map[string]premises.World{
		Acquirer: premises.Acquirer, Boot: premises.SecureWorld, Reader: premises.Reader,
		PINPad: premises.PINPad, Terminal: premises.Terminal,
	}[name]
	if !ok {
		return nil
	}
	for _, file := range []string{addressesFile, healthFile} {
		if err := os.RemoveAll(filepath.Join(l.premises.Of(w), file)); err != nil {
			return fmt.Errorf("starting %s: %w", name, err)
		}
	}
	return nil
}
