//go:build linux

// Package containers lays out a demo lane for compose.yaml: each world's files in a
// folder of its own user, doors over TCP with mutual TLS instead of Unix sockets, and
// an identity for the app world, since nobody can measure a process in another
// container: the licence names its certificate.
//
//	DIR/<service>/       0700, of that service's user; its /state
//	DIR/element-door/    the element's socket, for it and the acquirer
//
// Demo keys: the operator's command and tests import it. Nothing else may.
package containers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/configuration"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// ErrThere reports a folder that has a lane already: laying it out again would put
// old keys beside newer counters.
var ErrThere = errors.New("containers: there is a lane in this folder already")

// Addresses of the doors, by the names that the services have for each other.
const (
	Mailbox  = "secureworld:7001"
	SRED     = "secureworld:7002"
	PINEntry = "secureworld:7003"
	Host     = "acquirer:8583"
	Ledger   = "ledger:5432"
)

const (
	days  = 365
	state = "/state" // where a service has its folder
)

// Users are the services with the numbers under which they run; compose.yaml has the
// same. Acquirer and element share one: the element's socket is private to its user,
// and no container may give a file away.
func Users() map[string]int {
	return map[string]int{"terminal": 10001, "secureworld": 10002, "reader": 10003, "pinpad": 10004, "acquirer": 10005, "element": 10005, "ledger": 10006}
}

// Prepare holds the demo's ceremony in home and lays a lane out in dir, for these
// built programs.
func Prepare(home, dir, programs string, now time.Time) error {
	if _, err := os.Stat(dir); err == nil {
		return ErrThere
	}
	next := dir + ".next" // what was cut off begins anew
	if err := os.RemoveAll(next); err != nil {
		return err
	}
	record, err := ceremony.Hold(home, now)
	if err != nil {
		return err
	}
	l := layout{home: home, dir: next, programs: programs, record: record, now: now}
	for _, step := range []func() error{l.copyWorlds, l.cards, l.identity, l.sign, l.devices, l.boot, l.database, l.give} {
		if err := step(); err != nil {
			return fmt.Errorf("containers: %w", err)
		}
	}
	return os.Rename(next, dir)
}

type layout struct {
	home, dir, programs string
	record              ceremony.Record
	now                 time.Time
	certificate         []byte // the app world's, DER
}

func (l *layout) in(parts ...string) string {
	return filepath.Join(append([]string{l.dir}, parts...)...)
}

func (l *layout) copyWorlds() error {
	for service := range Users() {
		from := filepath.Join(l.home, ceremony.Worlds, service)
		if err := os.MkdirAll(l.in(service), 0o700); err != nil {
			return err
		}
		if err := copyTree(from, l.in(service)); err != nil && !errors.Is(err, fs.ErrNotExist) { // the terminal has nothing yet
			return err
		}
	}
	return os.MkdirAll(l.in("element-door"), 0o700)
}

// cards makes the demo's cards and gives the acquirer's issuer stand-in its part.
func (l *layout) cards() error {
	b, err := bureau.Open(l.in("element"))
	if err != nil {
		return err
	}
	schemes, err := ceremony.Schemes(l.home)
	if err != nil {
		return err
	}
	b.Certify(schemes)
	cards, err := b.Wallet()
	if err != nil {
		return err
	}
	if err := bureau.Save(filepath.Join(l.dir, "cards"), cards); err != nil {
		return err
	}
	return putJSON(l.in("acquirer", "cards.json"), bureau.Issued(cards))
}

// identity makes the app world's certificate. No authority signs it: the licence
// names it itself.
func (l *layout) identity() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "app world"}, NotBefore: l.now.Add(-time.Hour),
		NotAfter: l.now.AddDate(0, 0, days), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if l.certificate, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	defer clear(private)
	authority, err := os.ReadFile(l.in("reader", "ca.pem"))
	if err != nil {
		return err
	}
	return errors.Join(
		put(l.in("terminal", "mailbox.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.certificate})),
		put(l.in("terminal", "mailbox.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		put(l.in("terminal", "secureworld.pem"), authority),
	)
}

// sign signs kernel, application, licence and parameters with the demo's keys.
func (l *layout) sign() error {
	kernel, err := os.ReadFile(filepath.Join(l.programs, "kernel"))
	if err != nil {
		return err
	}
	payment, err := os.ReadFile(filepath.Join(l.programs, "payment.wasm"))
	if err != nil {
		return err
	}
	signed, err := ceremony.Sign(l.home, signing.Release{
		Customer: l.record.Customer, Version: 1, Minimum: 1, Kernel: kernel, KernelKey: l.record.LicenceKey,
		Applications: []signing.Application{signing.Payment(1, payment)}, Certificates: [][]byte{l.certificate},
		Valid: signing.Validity{From: l.now.Add(-time.Hour), Until: l.now.AddDate(0, 0, days)},
	})
	if err != nil {
		return err
	}
	schemes, err := ceremony.Schemes(l.home)
	if err != nil {
		return err
	}
	d := configuration.Document(schemes)
	d.Version = 1
	parameters, err := ceremony.SignParameters(l.home, d)
	if err != nil {
		return err
	}
	for name, b := range map[string][]byte{
		"kernel.manifest": signed.Manifest, "licence": signed.Licence, "payment.statement": signed.Statements["payment"],
		"payment.countersignature": signed.Countersignatures["payment"], "parameters": parameters,
	} {
		if err := put(l.in("secureworld", name), b); err != nil {
			return err
		}
	}
	return nil
}

// devices tells reader and PIN pad where their doors are.
func (l *layout) devices() error {
	for name, door := range map[string]string{"reader": SRED, "pinpad": PINEntry} {
		path := l.in(name, provisioning.FileDevice)
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var d provisioning.Device // not whole yet: it has no address
		if err := json.Unmarshal(b, &d); err != nil {
			return fmt.Errorf("%s is not its JSON form", name)
		}
		d.Connect = "tcp:" + door
		if err := putJSON(path, d); err != nil {
			return err
		}
	}
	return nil
}

// boot writes its configuration. Unprivileged, it has no user to give the kernel, and
// in most engines no user namespace; the report names both.
func (l *layout) boot() error {
	own := func(name string) string { return state + "/" + name }
	return putJSON(l.in("secureworld", "boot.json"), map[string]any{
		"manufacturer": l.record.ManufacturerKey, "device": l.record.TerminalID,
		"image": map[string]any{"kernel": "/kernel", "manifest": own("kernel.manifest"), "applications": []any{map[string]string{
			"module": "/payment.wasm", "statement": own("payment.statement"), "countersignature": own("payment.countersignature")}}},
		"licence": own("licence"), "parameters": own("parameters"), "provisioning": own("kernel.json"),
		"counter": own("counter"), "storage": own("storage"), "addresses": own("addresses.json"),
		"doors": map[string]any{
			"mailbox":  map[string]string{"address": "tcp:0.0.0.0:7001"},
			"sred":     map[string]string{"address": "tcp:0.0.0.0:7002"},
			"pinentry": map[string]string{"address": "tcp:0.0.0.0:7003"},
		},
		"host": Host, "app_measurement": "off", "forbidden_call": "kill", "namespaces": "if-permitted",
		"isolation": "process", "self_test": false,
	})
}

// give makes each folder its service's, where root lays out.
func (l *layout) give() error {
	if os.Geteuid() != 0 {
		return nil
	}
	users := Users()
	users["element-door"] = users["element"]
	for folder, uid := range users {
		err := filepath.WalkDir(l.in(folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, uid, uid)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func put(path string, b []byte) error { return os.WriteFile(path, b, 0o600) }

func putJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return put(path, append(b, '\n'))
}

// copyTree copies what the ceremony left: folders and files.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, below), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		defer clear(b)
		return put(filepath.Join(to, below), b)
	})
}
