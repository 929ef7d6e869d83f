package boot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm"
)

// Config is boot's configuration file, JSON. It is part of the root of trust:
// whoever may write it chooses the manufacturer.
type Config struct {
	// Manufacturer is the Ed25519 public key that certifies all others, in
	// hexadecimal.
	Manufacturer string `json:"manufacturer"`
	// Image says where the kernel image lies.
	Image Image `json:"image"`
	// Device is this device's name, which an image's manifest may ask for.
	Device string `json:"device,omitempty"`
	// Updates is the folder that holds slots, installed applications and newer
	// licences. Empty: this device takes no updates.
	Updates string `json:"updates,omitempty"`
	// Control is the operator's door, unixpacket:/path; it belongs to boot's user.
	Control Listen `json:"control,omitzero"`
	// Licence, Parameters, Provisioning and Counter are files. Parameters are the
	// signed ones; Provisioning goes to the kernel unread; Counter is the
	// anti-rollback counter, made when missing.
	Licence      string `json:"licence"`
	Parameters   string `json:"parameters"`
	Provisioning string `json:"provisioning"`
	Counter      string `json:"counter"`
	// Storage is the directory that becomes the kernel's file system. It belongs
	// to KernelUID.
	Storage string `json:"storage"`
	// Addresses is written when the kernel is ready and removed when it is not.
	Addresses string `json:"addresses"`
	// Doors by name: mailbox, sred, pinentry. A missing one stays closed.
	Doors map[string]Listen `json:"doors"`
	// Host is where the acquirer is: one address, or a list of its gateways.
	Host Hosts `json:"host"`
	// KernelUID and KernelGID are the kernel's own user when boot is root.
	KernelUID uint32 `json:"kernel_uid"`
	KernelGID uint32 `json:"kernel_gid"`
	// AppMeasurement is "required" or "off". Over TCP nobody can be measured: the
	// kernel then asks for a licensed client certificate.
	AppMeasurement string `json:"app_measurement"`
	// RemeasureSeconds is how often the app world is measured again, 1 to 300; 0
	// is 10.
	RemeasureSeconds int `json:"remeasure_seconds,omitempty"`
	// ForbiddenCall is "kill" or "refuse".
	ForbiddenCall string `json:"forbidden_call"`
	// Namespaces is "required", or "if-permitted" for containers whose profile
	// forbids them; the report names what is missing.
	Namespaces string `json:"namespaces"`
	// Isolation is "process", or "vm" for a kernel under an operating system of its
	// own; VM then says from what. There, KernelUID and KernelGID are QEMU's user.
	Isolation string         `json:"isolation"`
	VM        microvm.Config `json:"vm,omitzero"`
	// TPM is this machine's TPM 2.0, device:/dev/tpmrm0 or unix:/path; empty: none.
	// TPMProgram is the program that holds it, tpm: boot links no TPM library.
	TPM        string `json:"tpm,omitempty"`
	TPMProgram string `json:"tpm_program,omitempty"`
	// StorageRoot is how the storage's root is protected. StorageRootBefore is how it was
	// where that is another way than file: the kernel changes it over once, and says so.
	StorageRoot       StorageRoot `json:"storage_root,omitzero"`
	StorageRootBefore StorageRoot `json:"storage_root_before,omitzero"`
	// SelfTest proves the sandbox in throw-away starts before the doors open.
	SelfTest bool `json:"self_test"`
}

// Image is where the files lie that image.Verify takes.
type Image struct {
	Kernel       string        `json:"kernel"`
	Manifest     string        `json:"manifest"`
	Applications []Application `json:"applications"`
}

// Application is one trusted application's files. Countersignature is the
// customer's, for those that need it.
type Application struct {
	Module           string `json:"module"`
	Statement        string `json:"statement"`
	Countersignature string `json:"countersignature,omitempty"`
}

// Listen is one door's address.
type Listen struct {
	// Address is unix:/path (stream), unixpacket:/path or tcp:host:port.
	Address string `json:"address"`
	// Mode, octal, and owner of the socket file; mode "" is 0600.
	Mode string `json:"mode,omitempty"`
	UID  int    `json:"uid,omitempty"`
	GID  int    `json:"gid,omitempty"`
}

// ReadConfig reads and checks a configuration file.
func ReadConfig(path string) (Config, error) {
	var c Config
	f, err := os.Open(path)
	if err != nil {
		return c, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil || len(raw) > maxConfigBytes {
		return c, errors.New("read configuration: unreadable or too large")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, errors.New("read configuration: malformed or unknown field")
	}
	return c, c.check()
}

func (c Config) check() error {
	for name, value := range map[string]string{
		"manufacturer": c.Manufacturer, "image.kernel": c.Image.Kernel, "image.manifest": c.Image.Manifest,
		"licence": c.Licence, "parameters": c.Parameters, "provisioning": c.Provisioning, "counter": c.Counter, "storage": c.Storage, "addresses": c.Addresses,
	} {
		if value == "" {
			return fmt.Errorf("configuration: %s is missing", name)
		}
	}
	if err := c.Host.check(); err != nil {
		return err
	}
	switch {
	case c.remeasure() < shortestRemeasure || c.remeasure() > longestRemeasure:
		return errors.New("configuration: remeasure_seconds must be 1 to 300, or 0 for 10")
	case c.AppMeasurement != "required" && c.AppMeasurement != "off":
		return errors.New(`configuration: app_measurement must be "required" or "off"`)
	case c.ForbiddenCall != "kill" && c.ForbiddenCall != "refuse":
		return errors.New(`configuration: forbidden_call must be "kill" or "refuse"`)
	case c.Namespaces != "required" && c.Namespaces != "if-permitted":
		return errors.New(`configuration: namespaces must be "required" or "if-permitted"`)
	case os.Geteuid() == 0 && (c.KernelUID == 0 || c.KernelGID == 0):
		return errors.New("configuration: boot runs as root, so kernel_uid and kernel_gid are needed")
	}
	if err := errors.Join(c.checkIsolation(), c.checkTPM(), c.StorageRoot.check(c.TPM), c.StorageRootBefore.check(c.TPM)); err != nil {
		return err
	}
	if a := c.Control.Address; a != "" && !strings.HasPrefix(a, "unixpacket:") {
		return errors.New("configuration: the control door's address must begin with unixpacket:")
	}
	return c.checkDoors()
}

// remeasure is how often the app world is measured again.
func (c Config) remeasure() time.Duration {
	if c.RemeasureSeconds == 0 {
		return remeasureEvery
	}
	return time.Duration(c.RemeasureSeconds) * time.Second
}

func (c Config) checkDoors() error {
	for name, l := range c.Doors {
		if _, ok := doorNames()[name]; !ok {
			return errors.New("configuration: unknown door")
		}
		network, _, _ := strings.Cut(l.Address, ":")
		if network != "unix" && network != "unixpacket" && network != "tcp" {
			return errors.New("configuration: a door's address must begin with unix:, unixpacket: or tcp:")
		}
		if network == "unixpacket" && c.Isolation == levelVM {
			return errors.New("configuration: a virtual machine's port carries streams, no packets")
		}
	}
	return nil
}

func (i Image) files() image.Files {
	files := image.Files{Kernel: i.Kernel, Manifest: i.Manifest}
	for _, a := range i.Applications {
		files.Applications = append(files.Applications, image.ApplicationFiles(a))
	}
	return files
}
