package provision

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// DoorsName is the secure world's name towards reader and PIN pad.
const DoorsName = "secureworld"

// Places below a device's folder.
const (
	deviceFile     = "individual.json"
	kernelFile     = "secureworld/kernel.json"
	readerFolder   = "reader"
	pinpadFolder   = "pinpad"
	incomingFolder = "secureworld/storage/" + provisioning.Incoming
)

// Individual is who a device is: individual.json in its folder. It holds no
// secret.
type Individual struct {
	Terminal     string `json:"terminal"` // DE 41, and the name in its certificates
	Customer     string `json:"customer"`
	Manufacturer string `json:"manufacturer"` // the root's public key: boot is built with it
	LicenceKey   string `json:"licence_key"`  // public half of the kernel's, Ed25519, hexadecimal
	ReaderDevice string `json:"reader_device"`
	PINPadDevice string `json:"pinpad_device"`
	Merchant     string `json:"merchant,omitempty"`    // from the customer on
	HostKeyID    string `json:"host_key_id,omitempty"` // from the acquirer on
	PINKeyID     string `json:"pin_key_id,omitempty"`
	Stage        Stage  `json:"stage"`
}

// Stage is how far a device is.
type Stage string

// Stages, in order.
const (
	Manufactured Stage = "manufactured"
	Loaded       Stage = "loaded"
	Enrolled     Stage = "enrolled" // fit for payments
)

// Errors of a device's folder.
var (
	ErrStage    = errors.New("the device has not reached this stage, or is past it")
	errTerminal = errors.New("a terminal id has 1 to 8 letters and digits")
)

var terminalForm = regexp.MustCompile(`^[A-Za-z0-9]{1,8}$`)

// ReadDevice tells who a device is.
func ReadDevice(dir string) (Individual, error) {
	var i Individual
	d := device{dir: dir}
	return i, d.getJSON(deviceFile, &i)
}

// device is a device's folder in one role's hands.
type device struct {
	dir string
	who Individual
	k   provisioning.Kernel
	r   provisioning.Device
	p   provisioning.Device
}

// openDevice takes a device over that is at a stage.
func openDevice(dir string, at Stage) (*device, error) {
	d := &device{dir: dir}
	if err := d.getJSON(deviceFile, &d.who); err != nil {
		return nil, err
	}
	if d.who.Stage != at {
		return nil, fmt.Errorf("%w: it is %s, not %s", ErrStage, d.who.Stage, at)
	}
	return d, errors.Join(d.getJSON(kernelFile, &d.k), d.getJSON(readerFolder+"/"+provisioning.FileDevice, &d.r),
		d.getJSON(pinpadFolder+"/"+provisioning.FileDevice, &d.p))
}

// save passes the device on; the stage is what counts, so it comes last.
func (d *device) save(s Stage) error {
	d.who.Stage = s
	for _, f := range []struct {
		name string
		v    any
	}{{kernelFile, d.k}, {readerFolder + "/" + provisioning.FileDevice, d.r}, {pinpadFolder + "/" + provisioning.FileDevice, d.p}, {deviceFile, d.who}} {
		if err := d.putJSON(f.name, f.v); err != nil {
			return err
		}
	}
	return nil
}

func (d *device) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

func (d *device) put(name string, b []byte) error {
	path := d.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (d *device) putAll(files map[string][]byte) error {
	for name, b := range files {
		if err := d.put(name, b); err != nil {
			return err
		}
	}
	return nil
}

func (d *device) putJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return d.put(name, append(b, '\n'))
}

func (d *device) getJSON(name string, v any) error {
	b, err := os.ReadFile(d.path(name))
	if err != nil {
		return fmt.Errorf("the device's folder: %w", err)
	}
	if json.Unmarshal(b, v) != nil {
		return fmt.Errorf("the device's folder: %s is damaged", name)
	}
	return nil
}

// supplier reads a supplier key, for as long as a role loads keys under it.
func (d *device) supplier(name string) ([]byte, error) {
	b, err := os.ReadFile(d.path(name))
	if err != nil {
		return nil, fmt.Errorf("the device took its keys over already, or was never made: %w", err)
	}
	if len(b) != aesSize {
		return nil, errors.New("a supplier key has a wrong length")
	}
	return b, nil
}

// Supplier key files.
const (
	kernelSupplier = incomingFolder + "/" + provisioning.FileSupplierKey
	readerSupplier = readerFolder + "/supplier.key"
	pinpadSupplier = pinpadFolder + "/supplier.key"
)
