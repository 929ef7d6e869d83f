//go:build linux

package attacks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/provision"
	"github.com/strongroom-pos/strongroom/internal/provision/deviceca"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// TestARevokedCertificateClosesTheDoorThatItOpened revokes on a running lane, one
// after the other, the certificates of reader, PIN pad and terminal. What is not yet
// revoked goes on, which is the control of each.
func TestARevokedCertificateClosesTheDoorThatItOpened(t *testing.T) {
	programs := ready(t)
	if programs == "" {
		return
	}
	v, home, err := bringUp(programs)
	t.Cleanup(func() {
		if v != nil {
			_ = v.Stop() // parts of it are refused on purpose
		}
		_ = os.RemoveAll(home)
	})
	if err != nil {
		t.Fatal(err)
	}
	v.sells(t)
	m, err := provision.OpenManufacturer(filepath.Join(home, "roles", string(role.Manufacturer)), role.Options{})
	v.must(t, err)
	devices, err := m.Devices(false)
	v.must(t, err)
	v.tells(t, "with an empty list", func(d mailbox.Description) bool { return d.ReaderConnected && d.PINPadConnected && d.HostSignedOn })
	for _, step := range []struct {
		purpose deviceca.Purpose
		after   func(mailbox.Description) bool
	}{
		{deviceca.Reader, func(d mailbox.Description) bool { return !d.ReaderConnected && d.PINPadConnected && d.HostSignedOn }},
		{deviceca.PINPad, func(d mailbox.Description) bool { return !d.ReaderConnected && !d.PINPadConnected && d.HostSignedOn }},
	} {
		list, err := m.Revoke(serialOf(t, devices.List(), step.purpose))
		v.must(t, err)
		v.must(t, v.reconfigure(func(k *provisioning.Kernel) { k.DeviceRevocations = string(list) }), v.Kill(estate.Kernel))
		v.tells(t, "without "+string(step.purpose), step.after)
	}
	v.must(t, m.Close())
	a, err := provision.OpenAcquirer(ceremony.AcquirerFolder(home), role.Options{})
	v.must(t, err)
	hosts, err := a.Hosts(false)
	v.must(t, err)
	list, err := a.Revoke(serialOf(t, hosts.List(), deviceca.Terminal))
	v.must(t, err, a.Close())
	v.must(t, os.WriteFile(filepath.Join(v.Run, "acquirer", provision.RevokedFile), list, 0o600))
	v.tells(t, "without the terminal", func(d mailbox.Description) bool { return !d.HostSignedOn })
}

func serialOf(t *testing.T, issued []deviceca.Entry, p deviceca.Purpose) string {
	t.Helper()
	for _, e := range issued {
		if e.Purpose == p {
			return e.Serial
		}
	}
	t.Fatalf("no certificate of a %s", p)
	return ""
}

// reconfigure changes what the next kernel is configured with.
func (v *victim) reconfigure(change func(*provisioning.Kernel)) error {
	path := filepath.Join(v.Run, "secureworld", "kernel.json")
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var k provisioning.Kernel
	if err := json.Unmarshal(b, &k); err != nil {
		return err
	}
	change(&k)
	if b, err = json.Marshal(k); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600) // in place: it stays its owner's
}

// tells waits for the kernel to say so, and that it stays so for a while: who is
// refused tries again.
func (v *victim) tells(t *testing.T, when string, is func(mailbox.Description) bool) {
	t.Helper()
	var d mailbox.Description
	since := time.Time{}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(look) {
		conn, err := v.knock()
		if err != nil {
			since = time.Time{}
			continue
		}
		c := mailbox.NewClient(conn)
		d, err = c.Describe()
		_ = c.Close()
		switch {
		case err != nil || !is(d):
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > settled:
			return
		}
	}
	t.Fatalf("%s: reader %v, PIN pad %v, host %v", when, d.ReaderConnected, d.PINPadConnected, d.HostSignedOn)
}

// settled is longer than any part takes to try again.
const settled = 3 * time.Second
