// Package secureside brings up the real secure world for a test: boot and the
// kernel that it starts, from a key ceremony, with a release that is signed for
// this run and a licence for the programs that the caller names. So a test or the
// benchmark can stand in the place of the app world, the reader or the PIN pad
// while everything behind the doors is the product.
//
// It needs root, as the lane does where the kernel has a user of its own. Tests
// and the benchmark import it.
package secureside

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/configuration"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

const (
	// kernelUser is the kernel's own; it needs no account.
	kernelUser = 61023
	// patience covers the compilation of the payment application on a loaded
	// machine.
	patience = 90 * time.Second
	// emulatedPatience covers it on an emulated processor.
	emulatedPatience = 6 * time.Minute
	// stopWithin is what boot has to end its kernel and itself.
	stopWithin = 10 * time.Second
)

// Config of a secure world.
type Config struct {
	Bin      string   // folder of the built programs
	Dir      string   // of the ceremony; others may pass through it
	Host     string   // host:port of the acquirer
	AppWorld []string // program files that the licence binds
	// Remeasure is how often the app world is measured again, in seconds; 0 is boot's
	// default.
	Remeasure int
	// Isolation is the level, estate.IsolationProcess by default.
	Isolation string
	// TPM is boot's, empty for none.
	TPM string
	// StorageRoot is boot's protection of the storage's root, "" for file. Passphrase is
	// the file that has it. Before is the protection until now, with that passphrase.
	StorageRoot, Passphrase             string
	StorageRootBefore, PassphraseBefore string
	// Licence may sign another licence than that of the release.
	Licence func(signing.Manufacturer, signing.Release) ([]byte, error)
}

// SecureWorld is a running one.
type SecureWorld struct {
	Mailbox, SRED, PINEntry string // sockets
	BootPID, KernelPID      int
	Log                     string // path
	Control                 string // socket of the operator's door

	boot     *child.Child
	patience time.Duration
}

// Start signs a release, starts boot and waits until the kernel serves.
func Start(ctx context.Context, c Config) (*SecureWorld, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("secure side: needs root, to give the kernel a user of its own")
	}
	w := &SecureWorld{Log: filepath.Join(c.Dir, "secureworld.log"), Control: filepath.Join(c.Dir, "control.sock")}
	if w.patience = patience; c.Isolation == estate.IsolationVM {
		w.patience = emulatedPatience
	}
	w.Mailbox, w.SRED, w.PINEntry = filepath.Join(c.Dir, "mailbox.sock"), filepath.Join(c.Dir, "sred.sock"), filepath.Join(c.Dir, "pinentry.sock")
	addresses := filepath.Join(c.Dir, "secureworld.addresses")
	if err := errors.Join(os.Chmod(c.Dir, 0o711), sign(c)); err != nil {
		return nil, err
	}
	config, err := w.configure(c, addresses)
	if err != nil {
		return nil, err
	}
	if err := w.run(filepath.Join(c.Bin, "secureworld"), config); err != nil {
		return nil, err
	}
	if err := w.ready(ctx, addresses); err != nil {
		w.Stop()
		return nil, err
	}
	return w, nil
}

// sign writes kernel manifest, application statement, licence and parameters.
func sign(c Config) error {
	record, err := ceremony.Hold(c.Dir, time.Now())
	if err != nil {
		return err
	}
	m, err := ceremony.Manufacturer(c.Dir)
	if err != nil {
		return err
	}
	r := signing.Release{Customer: "demo", Version: 1, Minimum: 1, KernelKey: record.LicenceKey,
		Valid: signing.Validity{From: time.Now().Add(-time.Hour), Until: time.Now().Add(24 * time.Hour)}}
	if r.Kernel, err = os.ReadFile(filepath.Join(c.Bin, "kernel")); err != nil {
		return err
	}
	module, err := os.ReadFile(filepath.Join(c.Bin, "payment.wasm"))
	if err != nil {
		return err
	}
	r.Applications = []signing.Application{signing.Payment(1, module)}
	shared, err := Libraries()
	if err != nil {
		return err
	}
	for _, path := range slices.Concat(c.AppWorld, shared) {
		program, err := os.ReadFile(path) //nolint:gosec // named by the test
		if err != nil {
			return err
		}
		r.AppWorld = append(r.AppWorld, program)
	}
	if _, machine, err := c.isolation(""); err != nil {
		return err
	} else if m, is := machine.(*estate.Machine); is {
		r.Systems = []string{m.Digest()}
	}
	signed, err := m.Sign(r)
	if err != nil {
		return err
	}
	if c.Licence != nil {
		if signed.Licence, err = c.Licence(m, r); err != nil {
			return err
		}
	}
	parameters, err := demoParameters(c.Dir, m, r.Valid)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(c.Dir, "parameters"), parameters, 0o600),
		os.WriteFile(filepath.Join(c.Dir, "kernel.manifest"), signed.Manifest, 0o600),
		os.WriteFile(filepath.Join(c.Dir, "payment.statement"), signed.Statements["payment"], 0o600),
		os.WriteFile(filepath.Join(c.Dir, "payment.countersignature"), signed.Countersignatures["payment"], 0o600),
		os.WriteFile(filepath.Join(c.Dir, "licence"), signed.Licence, 0o600))
}

// demoParameters are those of a demo lane.
func demoParameters(dir string, m signing.Manufacturer, valid signing.Validity) ([]byte, error) {
	schemes, err := ceremony.Schemes(dir)
	if err != nil {
		return nil, err
	}
	d := configuration.Document(schemes)
	d.Version = 1
	return m.Parameters(d, valid)
}

// configure writes boot's configuration file (secureworld/internal/boot draws
// it) and gives the kernel its storage.
func (w *SecureWorld) configure(c Config, addresses string) (string, error) {
	record, err := ceremony.Hold(c.Dir, time.Now())
	if err != nil {
		return "", err
	}
	world := filepath.Join(c.Dir, ceremony.Worlds, "secureworld")
	storage := filepath.Join(world, "storage")
	if err := own(storage); err != nil {
		return "", err
	}
	file := func(name string) string { return filepath.Join(c.Dir, name) }
	level, machine, err := c.isolation(world)
	if err != nil {
		return "", err
	}
	holder := ""
	if c.TPM != "" {
		holder = filepath.Join(c.Bin, "tpm")
	}
	b, err := json.Marshal(map[string]any{
		"tpm": c.TPM, "tpm_program": holder,
		"storage_root": root(c.StorageRoot, c.Passphrase), "storage_root_before": root(c.StorageRootBefore, c.PassphraseBefore),
		"manufacturer": record.ManufacturerKey,
		"image": map[string]any{"kernel": filepath.Join(c.Bin, "kernel"), "manifest": file("kernel.manifest"),
			"applications": []map[string]string{{"module": filepath.Join(c.Bin, "payment.wasm"), "statement": file("payment.statement"), "countersignature": file("payment.countersignature")}}},
		"licence": file("licence"), "parameters": file("parameters"), "provisioning": filepath.Join(world, "kernel.json"), "counter": file("counter"),
		"storage": storage, "addresses": addresses, "host": c.Host, "updates": file("updates"),
		"doors": map[string]any{"mailbox": map[string]string{"address": "unix:" + w.Mailbox},
			"sred": map[string]string{"address": "unix:" + w.SRED}, "pinentry": map[string]string{"address": "unix:" + w.PINEntry}},
		"control":    map[string]string{"address": "unixpacket:" + file("control.sock")},
		"kernel_uid": kernelUser, "kernel_gid": kernelUser,
		"app_measurement": "required", "remeasure_seconds": c.Remeasure, "isolation": level, "vm": machine, "forbidden_call": "kill", "namespaces": "required",
	})
	if err != nil {
		return "", err
	}
	return file("secureworld.json"), os.WriteFile(file("secureworld.json"), b, 0o600)
}

// root is how boot's configuration names a protection.
func root(protection, passphrase string) map[string]string {
	if passphrase != "" {
		passphrase = "file:" + passphrase
	}
	return map[string]string{"protection": protection, "passphrase": passphrase}
}

// isolation is the level, and what a virtual machine starts from where it is one.
func (c Config) isolation(world string) (level string, machine any, err error) {
	if c.Isolation != estate.IsolationVM {
		return estate.IsolationProcess, struct{}{}, nil
	}
	machine, err = estate.NewMachine(filepath.Join(c.Bin, "guest"), filepath.Join(world, "disk.img"))
	return estate.IsolationVM, machine, err
}

// own gives a folder and all in it to the kernel, and lets it pass to there.
func own(storage string) error {
	err := filepath.WalkDir(storage, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, kernelUser, kernelUser))
	})
	for dir := filepath.Dir(storage); err == nil && filepath.Base(dir) != ceremony.Worlds; dir = filepath.Dir(dir) {
		err = os.Chmod(dir, 0o711) //nolint:gosec // to be passed, not listed
	}
	return errors.Join(err, os.Chmod(filepath.Dir(filepath.Dir(storage)), 0o711)) //nolint:gosec // the same
}

func (w *SecureWorld) run(program, config string) (err error) {
	w.boot, err = child.Start(child.Config{Name: "secureworld", Path: program, Args: []string{"-config", config}, Log: w.Log})
	if err == nil {
		w.BootPID = w.boot.PID()
	}
	return err
}

func (w *SecureWorld) ready(ctx context.Context, addresses string) error {
	for deadline := time.Now().Add(w.patience); time.Now().Before(deadline) && ctx.Err() == nil; {
		select {
		case <-w.boot.Done():
			return fmt.Errorf("secure side: boot ended: %s", w.lastWords())
		case <-time.After(20 * time.Millisecond):
		}
		var published struct {
			KernelPID int `json:"kernel_pid"`
		}
		if b, err := os.ReadFile(addresses); err == nil && json.Unmarshal(b, &published) == nil && published.KernelPID > 0 {
			w.KernelPID = published.KernelPID
			return nil
		}
	}
	return fmt.Errorf("secure side: the kernel does not become ready: %s", w.lastWords())
}

// lastWords are the end of the log; the secure world writes no input into it.
func (w *SecureWorld) lastWords() string { return strings.Join(w.boot.LastLines(), "; ") }

// Stop ends boot, which ends its kernel.
func (w *SecureWorld) Stop() { w.boot.Stop(stopWithin) }

// WaitUntilSelling waits until reader and PIN pad are connected and the host has
// answered the sign-on.
func WaitUntilSelling(ctx context.Context, c *mailbox.Client) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		d, err := c.Describe()
		if err != nil {
			return err
		}
		if d.ReaderConnected && d.PINPadConnected && d.HostSignedOn {
			return nil
		}
	}
	return errors.New("secure side: reader, PIN pad and host do not all become ready")
}

// Connect writes the address of a door into a device's configuration.
func Connect(dir, device, socket string) error {
	path := filepath.Join(dir, ceremony.Worlds, device, provisioning.FileDevice)
	b, err := os.ReadFile(path) //nolint:gosec // a test's own directory
	if err != nil {
		return err
	}
	var d provisioning.Device
	if json.Unmarshal(b, &d) != nil {
		return errors.New("secure side: malformed device configuration")
	}
	d.Connect = "unix:" + socket
	if b, err = json.Marshal(d); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}
