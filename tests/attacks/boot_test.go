//go:build linux

package attacks

import (
	"crypto/ed25519"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	"github.com/strongroom-pos/strongroom/tests/internal/secureside"
)

// device is a secure world on disk, before it is started.
type device struct {
	*testing.T
	secureside.Config
}

// newDevice has programs of its own, which an attacker can change.
func newDevice(t *testing.T) *device {
	t.Helper()
	programs := ready(t)
	if programs == "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "strongroom-attacks-") // others must be able to pass through it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if _, err := ceremony.Hold(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	d := &device{t, secureside.Config{Bin: filepath.Join(dir, "bin"), Dir: dir, Host: "127.0.0.1:1", AppWorld: []string{"/proc/self/exe"}}}
	if err := os.Mkdir(d.Bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secureworld", "kernel", "payment.wasm"} {
		b, err := os.ReadFile(filepath.Join(programs, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.Bin, name), b, 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	return d
}

func (d *device) append(path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write([]byte{0})
	return err
}

// sign writes a manifest and a licence of another release over those that were made.
func (d *device) sign(m signing.Manufacturer, change func(*signing.Release), files ...string) error {
	record, err := ceremony.Hold(d.Dir, time.Now())
	if err != nil {
		return err
	}
	kernel, err := os.ReadFile(filepath.Join(d.Bin, "kernel"))
	if err != nil {
		return err
	}
	module, err := os.ReadFile(filepath.Join(d.Bin, "payment.wasm"))
	if err != nil {
		return err
	}
	r := signing.Release{Customer: "demo", Version: 1, Minimum: 1, KernelKey: record.LicenceKey, Kernel: kernel,
		Applications: []signing.Application{signing.Payment(1, module)},
		Valid:        signing.Validity{From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour)}}
	change(&r)
	signed, err := m.Sign(r)
	if err != nil {
		return err
	}
	for name, b := range map[string][]byte{"kernel.manifest": signed.Manifest, "licence": signed.Licence, "payment.statement": signed.Statements["payment"],
		"payment.countersignature": signed.Countersignatures["payment"]} {
		if len(files) != 0 && files[0] != name {
			continue
		}
		if err := os.WriteFile(filepath.Join(d.Dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// anotherManufacturer is one whom this device does not know.
func (d *device) anotherManufacturer() (m signing.Manufacturer) {
	key := func() ed25519.PrivateKey {
		_, k, err := ed25519.GenerateKey(nil)
		if err != nil {
			d.Fatal(err)
		}
		return k
	}
	m.Root, m.Image, m.Developer, m.Licence, m.Configuration, m.Countersignature = key(), key(), key(), key(), key(), key()
	return m
}

func (d *device) ours() signing.Manufacturer {
	m, err := ceremony.Manufacturer(d.Dir)
	if err != nil {
		d.Fatal(err)
	}
	return m
}

// starts signs everything anew, brings it up, sees an answer through the mailbox, and
// stops it.
func (d *device) starts() {
	d.Helper()
	w, err := secureside.Start(d.Context(), d.Config)
	if err != nil {
		d.Fatal(err)
	}
	defer w.Stop()
	conn, err := net.Dial("unix", w.Mailbox)
	if err != nil {
		d.Fatal(err)
	}
	defer conn.Close()
	if err := mailbox.NewClient(conn).Ping(1); err != nil {
		d.Error(err)
	}
}

// boots runs boot over what lies on the disk, until a kernel serves or boot has ended,
// and returns what it said.
func (d *device) boots() (serves bool, said string) {
	d.Helper()
	addresses := filepath.Join(d.Dir, "secureworld.addresses")
	_ = os.Remove(addresses)
	var out strings.Builder
	c := exec.Command(filepath.Join(d.Bin, "secureworld"), "-config", filepath.Join(d.Dir, "secureworld.json"))
	c.Stdout, c.Stderr = &out, &out
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		d.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline) && !serves; {
		select {
		case <-ended:
			return false, out.String()
		case <-time.After(look):
			_, err := os.Stat(addresses)
			serves = err == nil
		}
	}
	_ = c.Process.Signal(syscall.SIGTERM)
	<-ended
	return serves, out.String()
}

// refuses begins with a device that starts, which is the control, spoils it, and wants
// no kernel to serve and boot to tell why.
func (d *device) refuses(reason string, spoil func() error) {
	d.Helper()
	d.starts()
	if err := spoil(); err != nil {
		d.Fatal(err)
	}
	if serves, said := d.boots(); serves || !strings.Contains(said, reason) {
		d.Errorf("serves: %v; wanted %q: %s", serves, reason, said)
	}
}

func TestAChangedKernelIsNotStarted(t *testing.T) {
	if d := newDevice(t); d != nil {
		d.refuses("kernel is not the one that the manifest names", func() error { return d.append(filepath.Join(d.Bin, "kernel")) })
		d.starts() // the same bytes, signed
	}
}

func TestAnOldKernelIsNotStartedOnceANewerServed(t *testing.T) {
	d := newDevice(t)
	if d == nil {
		return
	}
	old := filepath.Join(d.Dir, "kernel.manifest")
	var manifest []byte
	d.refuses("kernel image is older than the oldest permitted", func() (err error) {
		if manifest, err = os.ReadFile(old); err != nil {
			return err
		}
		newer := func(r *signing.Release) { r.Version, r.Minimum = 2, 2 }
		if err := d.sign(d.ours(), newer, "kernel.manifest"); err != nil {
			return err
		}
		if serves, said := d.boots(); !serves { // the control: signed in the same way
			return errors.New(said)
		}
		return os.WriteFile(old, manifest, 0o600)
	})
}

func TestTheKernelOfAnotherManufacturerIsNotStarted(t *testing.T) {
	if d := newDevice(t); d != nil {
		nothing := func(*signing.Release) {}
		d.refuses("signature", func() error { return d.sign(d.anotherManufacturer(), nothing, "kernel.manifest") })
	}
}

// The customer is who deploys the terminal, called issuer by others.
func TestAWrongCustomersKernelOrLicenceIsNotStarted(t *testing.T) {
	if d := newDevice(t); d != nil {
		stranger := func(r *signing.Release) { r.Customer = "somebody else" }
		d.refuses("customer", func() error { return d.sign(d.ours(), stranger, "licence") })
		d.refuses("customer", func() error { return d.sign(d.ours(), stranger, "kernel.manifest") })
	}
}

func TestAKernelForAnotherDeviceIsNotStarted(t *testing.T) {
	if d := newDevice(t); d != nil {
		other := func(r *signing.Release) { r.Devices = []string{strings.Repeat("ab", 32)} }
		d.refuses("another device", func() error { return d.sign(d.ours(), other, "kernel.manifest") })
	}
}

func TestAForeignTrustedApplicationIsNotStarted(t *testing.T) {
	if d := newDevice(t); d != nil {
		nothing := func(*signing.Release) {}
		d.refuses("signature", func() error { return d.sign(d.anotherManufacturer(), nothing, "payment.statement") })
		d.refuses("application is not the one that was signed", func() error { return d.append(filepath.Join(d.Bin, "payment.wasm")) })
	}
}

// TestAChangedAppWorldFindsTheMailboxClosed knocks with this program, one byte longer.
func TestAChangedAppWorldFindsTheMailboxClosed(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	path := program(t)
	knocks := func() string {
		c := exec.Command(path)
		c.Env = []string{roleVariable + "=" + roleKnocker, targetVariable + "=" + v.Mailbox()}
		c.Stderr = os.Stderr
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	if got := knocks(); got != "answered" {
		t.Fatalf("the control, an exact copy: %s", got)
	}
	d := device{T: t}
	if err := d.append(path); err != nil {
		t.Fatal(err)
	}
	if got := knocks(); got != "closed" {
		t.Errorf("a byte more: %s", got)
	}
}
