package provision

import (
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

func in(t *testing.T, name string) string { return filepath.Join(t.TempDir(), name) }

func maker(t *testing.T) *Manufacturer {
	t.Helper()
	m, err := InitManufacturer(in(t, "maker"), role.Options{Name: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func shops(t *testing.T, m *Manufacturer, name string) *Customer {
	t.Helper()
	c, err := InitCustomer(in(t, "customer"), role.Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	introduce(t, m, c.party)
	return c
}

func dev(t *testing.T, m *Manufacturer, apps ...string) *Developer {
	t.Helper()
	d, err := InitDeveloper(in(t, "developer"), role.Options{Name: "Dev"}, apps...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	introduce(t, m, d.party)
	return d
}

func introduce(t *testing.T, m *Manufacturer, p party) {
	t.Helper()
	requests, err := p.Requests()
	if err != nil {
		t.Fatal(err)
	}
	certificates, err := m.Certify(requests, time.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Accept(certificates, m.Root()); err != nil {
		t.Fatal(err)
	}
}

func asking(t *testing.T, s crypto.Signer, r signing.Role, name string) []byte {
	t.Helper()
	raw, err := signing.MakeRequest(s, r, name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := encodeBundle(Requests{[]json.RawMessage{raw}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAKeyHasOneRole(t *testing.T) {
	m := maker(t)
	_, key, _ := ed25519.GenerateKey(nil)
	until := time.Now().AddDate(1, 0, 0)
	if _, err := m.Certify(asking(t, key, signing.RoleLicence, "Shops"), until); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Certify(asking(t, key, signing.RoleLicence, "Shops"), until); err != nil {
		t.Errorf("renewed: %v", err)
	}
	own, err := m.Signer("updates")
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string][]byte{
		"another role":               asking(t, key, signing.RoleConfiguration, "Shops"),
		"another owner":              asking(t, key, signing.RoleLicence, "Rival"),
		"the manufacturer's key":     asking(t, own, signing.RoleLicence, "Shops"),
		"the manufacturer's own act": asking(t, key, signing.RoleImage, "Shops"),
		"nothing":                    []byte("{}"),
	} {
		if _, err := m.Certify(wrong, until); err == nil {
			t.Errorf("%s: certified", name)
		}
	}
}

func TestCertificatesOfAnotherManufacturerAreRefused(t *testing.T) {
	m, other := maker(t), maker(t)
	c := shops(t, m, "Shops")
	requests, err := c.Requests()
	if err != nil {
		t.Fatal(err)
	}
	certificates, err := other.Certify(requests, time.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Accept(certificates, m.Root()); err == nil {
		t.Error("accepted as the one that was told")
	}
	if err := c.Accept(certificates, other.Root()); err == nil {
		t.Error("accepted in place of the first")
	}
	swapped := strings.Replace(string(certificates), hex.EncodeToString(other.Root()), hex.EncodeToString(m.Root()), 1)
	if err := c.Accept([]byte(swapped), m.Root()); err == nil {
		t.Error("accepted with another's name on it")
	}
}

func TestNobodySignsBeforeHeIsCertified(t *testing.T) {
	c, err := InitCustomer(in(t, "c"), role.Options{Name: "Shops"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Licence(signing.Release{}); err == nil || !strings.Contains(err.Error(), "ask the manufacturer") {
		t.Error(err)
	}
}

func TestReleasesCountUpForEachCustomer(t *testing.T) {
	m := maker(t)
	d := dev(t, m, "loyalty")
	a := signing.Application{Name: "loyalty", Version: 1, Module: []byte("module")}
	statement, err := d.Sign(a)
	if err != nil {
		t.Fatal(err)
	}
	apps := []signing.Shipped{{Module: a.Module, Statement: statement}}
	for _, step := range []struct {
		customer string
		version  uint64
		good     bool
	}{{"Shops", 1, true}, {"Shops", 1, false}, {"Shops", 3, true}, {"Shops", 2, false}, {"Rival", 1, true}} {
		_, err := m.Release(signing.Release{Customer: step.customer, Version: step.version, Minimum: 1, Kernel: []byte("k")}, apps)
		if (err == nil) != step.good || err != nil && !errors.Is(err, ErrVersion) {
			t.Errorf("%+v: %v", step, err)
		}
	}
	apps[0].Module = []byte("changed")
	if _, err := m.Release(signing.Release{Customer: "Shops", Version: 9, Minimum: 1, Kernel: []byte("k")}, apps); err == nil {
		t.Error("a module that nobody signed")
	}
}

func TestTheImageKeysCertificateIsRenewed(t *testing.T) {
	m := maker(t)
	r := signing.Release{Customer: "Shops", Version: 1, Minimum: 1, Kernel: []byte("k")}
	m.Now = func() time.Time { return time.Now().AddDate(Years, 0, 1) }
	if _, err := m.Release(r, nil); err == nil {
		t.Fatal("signed with a certificate that has ended")
	}
	if err := m.Renew(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Release(r, nil); err != nil {
		t.Error(err)
	}
}

func TestADeveloperSignsHisOwnApplicationsAlone(t *testing.T) {
	d := dev(t, maker(t), "loyalty")
	if _, err := d.Sign(signing.Application{Name: "payment", Version: 1, Module: []byte("m")}); err == nil {
		t.Error("signed")
	}
}

// A customer's devices have firmware root keys that are all different, and nobody
// else's customer has the same.
func TestFirmwareRootKeysAreADevicesOwn(t *testing.T) {
	m := maker(t)
	seen := map[string]string{}
	for _, name := range []string{"Shops", "Rival"} {
		c := shops(t, m, name)
		for _, terminal := range []string{"A1", "A2"} {
			dir, id := in(t, "device"), name[:1]+terminal
			if _, err := m.Make(dir, id, name); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Load(dir, Deployment{Merchant: "M", Currency: "EUR", Country: 276, MaxAmount: 1, TimeZone: "+00:00"}); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(incomingFolder), "firmware.root"))
			if err != nil || len(b) != aesSize || seen[string(b)] != "" {
				t.Errorf("%s has the key of %q: %v", id, seen[string(b)], err)
			}
			seen[string(b)] = id
		}
	}
}

func TestATerminalIDIsPlain(t *testing.T) {
	m := maker(t)
	for _, id := range []string{"", "TERM00001", "a b", "../x", "T\x00"} {
		if _, err := m.Make(in(t, "d"), id, "Shops"); err == nil {
			t.Errorf("%q", id)
		}
	}
}

func FuzzParseBundle(f *testing.F) {
	f.Add([]byte(`{"requests":[{}]}`))
	f.Add([]byte(`{"manufacturer":"00","certificates":{"licence":{}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := parseRequests(b); err == nil && (len(r.Requests) == 0 || len(r.Requests) > maxRequests) {
			t.Error("too few or too many requests passed")
		}
		if c, root, err := parseCertificates(b); err == nil && (len(c.Certificates) == 0 || len(root) != ed25519.PublicKeySize) {
			t.Error("malformed certificates passed")
		}
	})
}
