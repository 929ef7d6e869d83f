// Package ceremony is the key ceremony of a demo lane: it draws every key and
// certificate once, gives each world what that world may hold and nothing else,
// and forgets the rest.
//
// Below its directory (mode 0700) it leaves:
//
//	manufacturer/           Ed25519 keys that sign the secure world's releases and parameters
//	schemes.json            certification authorities and issuers of the demo's cards, for the bureau
//	authorities/            certificates and keys of the device and host authorities
//	worlds/secureworld/     kernel.json; storage/incoming/ until the kernel's first start
//	worlds/reader/          device.json, certificate, supplier key until the first start
//	worlds/pinpad/          the same, and the key block protection key of the acquirer
//	worlds/acquirer/        certificate, terminals.json, cards.json
//	worlds/element/         keys.json (key blocks) and the key that protects them
//	worlds/terminal/        empty
//	ceremony.json           who is who; written last, so that what was cut off begins anew
//
// No symmetric key lies anywhere in clear but in the supplier files, which the
// devices and the kernel delete at their first start, and in the element's
// protection key, which stands for the inside of a security module.
//
// The operator's command and tests import it. These are demo keys: whoever can
// read the directory is manufacturer, acquirer and issuer at once.
package ceremony

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Record is who is who in a lane. It holds no secret.
type Record struct {
	Held            time.Time `json:"held"`
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

// Hold makes everything below dir, unless that was done before, and returns the
// record.
func Hold(dir string, now time.Time) (Record, error) {
	if r, err := read(dir); err == nil || !errors.Is(err, os.ErrNotExist) {
		return r, err
	}
	k, err := draw()
	if err != nil {
		return Record{}, err
	}
	defer k.wipe()
	return hold(dir, k, now)
}

func hold(dir string, k *keys, now time.Time) (Record, error) {
	l := &layout{dir: dir}
	r, err := l.write(k, now)
	if err != nil {
		return Record{}, fmt.Errorf("key ceremony: %w", err)
	}
	return r, nil
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
	if r.LicenceKey == "" {
		return Record{}, errors.New("key ceremony: it was held before kernels had a licence key and an attestation key; remove the directory to begin anew")
	}
	return r, nil
}
