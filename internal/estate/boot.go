//go:build linux

package estate

import (
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/estate/premises"
)

// bootConfig is boot's configuration file; its fields are documented there.
type bootConfig struct {
	Manufacturer   string                `json:"manufacturer"`
	Image          bootImage             `json:"image"`
	Device         string                `json:"device"`
	Updates        string                `json:"updates"`
	Control        bootListen            `json:"control"`
	Licence        string                `json:"licence"`
	Parameters     string                `json:"parameters"`
	Provisioning   string                `json:"provisioning"`
	Counter        string                `json:"counter"`
	Storage        string                `json:"storage"`
	Addresses      string                `json:"addresses"`
	Doors          map[string]bootListen `json:"doors"`
	Host           string                `json:"host"`
	KernelUID      uint32                `json:"kernel_uid"`
	KernelGID      uint32                `json:"kernel_gid"`
	AppMeasurement string                `json:"app_measurement"`
	ForbiddenCall  string                `json:"forbidden_call"`
	Namespaces     string                `json:"namespaces"`
	Isolation      string                `json:"isolation"`
	VM             *Machine              `json:"vm,omitempty"`
	SelfTest       bool                  `json:"self_test"`
	TPM            string                `json:"tpm,omitempty"`
	TPMProgram     string                `json:"tpm_program,omitempty"`
	Root           bootRoot              `json:"storage_root"`
	RootBefore     bootRoot              `json:"storage_root_before"`
}

type bootImage struct {
	Kernel       string            `json:"kernel"`
	Manifest     string            `json:"manifest"`
	Applications []bootApplication `json:"applications"`
}

type bootApplication struct {
	Module           string `json:"module"`
	Statement        string `json:"statement"`
	Countersignature string `json:"countersignature"`
}

type bootListen struct {
	Address string `json:"address"`
	Mode    string `json:"mode"`
	UID     int    `json:"uid,omitempty"`
	GID     int    `json:"gid,omitempty"`
}

// writeBootConfig writes it when the acquirer's address is known.
func (l *Lane) writeBootConfig() error {
	dir := l.premises.Of(premises.SecureWorld)
	machine, err := l.machine()
	if err != nil {
		return err
	}
	host, err := l.options.Route(l.listen(Acquirer, ""))
	if err != nil {
		return err
	}
	c := bootConfig{
		Manufacturer: l.Record.ManufacturerKey,
		Image: bootImage{
			Kernel: l.premises.Program(programKernel), Manifest: l.document("kernel.manifest"),
			Applications: []bootApplication{{l.premises.Program(programApplication), l.document("payment.statement"), l.document("payment.countersignature")}},
		},
		Device: l.Record.TerminalID, Updates: filepath.Join(dir, updatesDir), Control: bootListen{Address: "unixpacket:" + l.Control, Mode: "0600", UID: os.Geteuid(), GID: os.Getegid()},
		Licence: l.document("licence"), Parameters: l.document(parametersFile), Provisioning: filepath.Join(dir, "kernel.json"),
		Counter: filepath.Join(dir, "counter"), Storage: l.premises.Storage(), Addresses: filepath.Join(dir, addressesFile),
		Doors: map[string]bootListen{
			"mailbox":  l.doorOf("mailbox", premises.Terminal),
			"sred":     l.doorOf("sred", premises.Reader),
			"pinentry": l.doorOf("pinentry", premises.PINPad),
		},
		Host: host, AppMeasurement: "required", ForbiddenCall: "kill", Namespaces: "if-permitted", SelfTest: true,
		Isolation: l.options.Isolation, VM: machine, TPM: l.options.TPM, TPMProgram: l.tpmProgram(),
	}
	c.Root, c.RootBefore = l.storageRoots()
	if u := l.premises.User(premises.SecureWorld); u != nil {
		c.KernelUID, c.KernelGID = u.UID, u.GID
	}
	return writeJSON(filepath.Join(dir, "boot.json"), c)
}

// doorOf is a socket that one world alone may open.
func (l *Lane) doorOf(name string, w premises.World) bootListen {
	d := bootListen{Address: "unix:" + l.door(name), Mode: "0600"}
	if u := l.premises.User(w); u != nil {
		d.UID, d.GID = int(u.UID), int(u.GID)
	}
	return d
}
