// Package ceremony holds the key ceremony of a demo lane: manufacturer, customer,
// developer and acquirer are set up once and make one device, by the very acts of
// `strongroom provision` (package provision).
//
// Below its directory (mode 0700) it leaves:
//
//	roles/                  a folder for each role: keys, certificates, the record of acts
//	schemes.json            certification authorities and issuers of the demo's cards, for the bureau
//	worlds/secureworld/     kernel.json; storage/incoming/ until the kernel's first start
//	worlds/reader/          device.json, certificate, supplier key until the first start
//	worlds/pinpad/          the same, and the key block protection key of the acquirer
//	worlds/acquirer/        certificate, terminals.json, cards.json
//	worlds/element/         keys.json (key blocks) and the key that protects them
//	worlds/terminal/        empty
//	ceremony.json           who is who; written last, so that what was cut off begins anew
//
// A lane whose parts were provisioned by commands has the same without roles/
// (Assemble). No symmetric key lies anywhere in clear but in the supplier files,
// which the devices and the kernel delete at their first start, in the element's
// protection key, which stands for the inside of a security module, and in the
// customer's firmware root key.
//
// The operator's command and tests import it. These are demo keys: whoever can
// read the directory is manufacturer, customer, acquirer and issuer at once.
package ceremony

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/provision"
)

// Record is who is who in a lane. It holds no secret.
type Record struct {
	Held            time.Time `json:"held"`
	Customer        string    `json:"customer"` // for whom its kernel images are
	TerminalID      string    `json:"terminal_id"`
	MerchantID      string    `json:"merchant_id"`
	ReaderDevice    string    `json:"reader_device"`    // initial key id, and certificate name
	PINPadDevice    string    `json:"pinpad_device"`    // device id, and certificate name
	HostKeyID       string    `json:"host_key_id"`      // initial key id towards the acquirer
	PINKeyID        string    `json:"pin_key_id"`       // initial key id of the PIN pad's PIN key
	ManufacturerKey string    `json:"manufacturer_key"` // Ed25519, hexadecimal
	LicenceKey      string    `json:"licence_key"`      // the kernel's, Ed25519, hexadecimal
}

const recordFile = "ceremony.json"

// Worlds is the folder with one directory for each world.
const Worlds = "worlds"

// Hold makes everything below dir, unless that was done before, and returns the
// record.
func Hold(dir string, now time.Time) (Record, error) {
	if r, err := read(dir); err == nil || !errors.Is(err, os.ErrNotExist) {
		return r, err
	}
	return hold(dir, nil, now)
}

// Assemble makes a lane's directory of a device that was enrolled, and of its
// acquirer's folder, which is left as it is.
func Assemble(dir, device, acquirer string, now time.Time) (Record, error) {
	if _, err := os.Stat(filepath.Join(dir, recordFile)); err == nil {
		return Record{}, errors.New("key ceremony: there is a lane in this directory already")
	}
	if err := copyTree(device, filepath.Join(dir, Worlds)); err != nil {
		return Record{}, err
	}
	return assemble(dir, acquirer, now)
}

// assemble finishes a lane whose device is in its place.
func assemble(dir, acquirer string, now time.Time) (Record, error) {
	i, err := provision.ReadDevice(filepath.Join(dir, Worlds))
	if err != nil {
		return Record{}, fmt.Errorf("key ceremony: %w", err)
	}
	if i.Stage != provision.Enrolled {
		return Record{}, fmt.Errorf("key ceremony: the device is %s, not %s", i.Stage, provision.Enrolled)
	}
	for from, world := range map[string]string{provision.HostFolder: "acquirer", provision.ElementFolder: "element"} {
		if err := copyTree(filepath.Join(acquirer, from), filepath.Join(dir, Worlds, world)); err != nil {
			return Record{}, err
		}
	}
	if err := writeSchemes(dir); err != nil {
		return Record{}, err
	}
	r := Record{
		Held: now.UTC().Truncate(time.Second), Customer: i.Customer, TerminalID: i.Terminal, MerchantID: i.Merchant,
		ReaderDevice: i.ReaderDevice, PINPadDevice: i.PINPadDevice, HostKeyID: i.HostKeyID, PINKeyID: i.PINKeyID,
		ManufacturerKey: i.Manufacturer, LicenceKey: i.LicenceKey,
	}
	return r, putJSON(filepath.Join(dir, recordFile), r)
}

func read(dir string) (Record, error) {
	b, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		return Record{}, fmt.Errorf("key ceremony: reading its record: %w", err)
	}
	var r Record
	if json.Unmarshal(b, &r) != nil || r.TerminalID == "" {
		return Record{}, errors.New("key ceremony: its record is damaged; remove the directory to begin anew")
	}
	if r.LicenceKey == "" || r.Customer == "" {
		return Record{}, errors.New("key ceremony: it was held before there were roles with keys of their own; remove the directory to begin anew")
	}
	return r, nil
}
