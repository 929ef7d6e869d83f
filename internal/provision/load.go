package provision

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Deployment is what a customer says of a terminal.
type Deployment struct {
	Merchant  string // DE 42
	Currency  string // ISO 4217, alphabetic
	Country   uint16 // ISO 3166, numeric
	MaxAmount int64  // minor units
	TimeZone  string // "+01:00"
}

// labelFirmware separates the firmware root keys of devices from all else that is
// derived.
const labelFirmware = "strongroom/device firmware root"

// Load gives a device that the manufacturer made the customer's keys, each for
// this device alone, under the supplier keys.
func (c *Customer) Load(dir string, t Deployment) (Individual, error) {
	d, err := openDevice(dir, Manufactured)
	if err != nil {
		return Individual{}, err
	}
	if d.who.Customer != c.Name() || d.who.Manufacturer != hex.EncodeToString(c.Root()) {
		return Individual{}, errors.New("the device was made for another customer, or by another manufacturer")
	}
	d.deploy(t)
	if err := c.loadKeys(d); err != nil {
		return Individual{}, err
	}
	if err := c.Did("load device", fmt.Sprintf("terminal %s at %s", d.who.Terminal, t.Merchant), blocksOf(d)); err != nil {
		return Individual{}, err
	}
	return d.who, d.save(Loaded)
}

func (d *device) deploy(t Deployment) {
	d.who.Merchant = t.Merchant
	d.k.MerchantID, d.k.Currency, d.k.Country, d.k.MaxAmount, d.k.TimeZone = t.Merchant, t.Currency, t.Country, t.MaxAmount, t.TimeZone
	d.k.PINAttempts, d.k.CardSeconds, d.k.PINSeconds, d.k.HostSeconds = 3, 60, 60, 10
}

func (c *Customer) loadKeys(d *device) error {
	if err := c.firmwareRoot(d); err != nil {
		return err
	}
	keys, err := c.Draw.all(aesSize, "reader initial", "reader order", "pinpad order", "pan", "keyed")
	if err != nil {
		return err
	}
	defer keys.wipe()
	for _, part := range []struct {
		supplier string
		into     *[]provisioning.Key
		blocks   []wanted
	}{
		{kernelSupplier, &d.k.Keys, []wanted{
			{provisioning.KeyReaderInitial, initialKind(), keys["reader initial"], []string{d.who.ReaderDevice}},
			{provisioning.KeyReaderOrder, orderKind(), keys["reader order"], nil},
			{provisioning.KeyPINPadOrder, orderKind(), keys["pinpad order"], nil},
			{provisioning.KeyPAN, sealKind(), keys["pan"], nil},
			{provisioning.KeyKeyed, openKind(), keys["keyed"], nil},
		}},
		{readerSupplier, &d.r.Keys, []wanted{
			{provisioning.KeyDeviceInitial, initialKind(), keys["reader initial"], []string{d.who.ReaderDevice}},
			{provisioning.KeyDeviceOrder, orderCheckKind(), keys["reader order"], nil},
		}},
		{pinpadSupplier, &d.p.Keys, []wanted{
			{provisioning.KeyDeviceOrder, orderCheckKind(), keys["pinpad order"], nil},
			{provisioning.KeyDevicePAN, openKind(), keys["pan"], nil},
			{provisioning.KeyDeviceKeyed, sealKind(), keys["keyed"], nil},
		}},
	} {
		if err := d.loadPart(part.supplier, part.into, part.blocks); err != nil {
			return err
		}
	}
	return nil
}

func (d *device) loadPart(supplier string, into *[]provisioning.Key, blocks []wanted) error {
	kbpk, err := d.supplier(supplier)
	if err != nil {
		return err
	}
	defer clear(kbpk)
	made, err := wrapAll(kbpk, blocks)
	*into = append(*into, made...)
	return err
}

// firmwareRoot derives this device's from the customer's: another device of the
// same customer has another, and another customer's device as well.
func (c *Customer) firmwareRoot(d *device) error {
	root, err := c.Secret(firmwareFile)
	if err != nil {
		return err
	}
	defer clear(root)
	if len(root) != aesSize {
		return errors.New("the customer's firmware root key is damaged")
	}
	b, erase, err := schedule.NewAES(root, nil)
	if err != nil {
		return err
	}
	defer erase()
	own := make([]byte, aesSize)
	defer clear(own)
	cmac.KDF(own, b, labelFirmware, []byte(d.who.Terminal+"\x00"+d.who.LicenceKey))
	return d.put(incomingFolder+"/"+provisioning.FileFirmwareRoot, own)
}

// blocksOf is what the record keeps the digest of.
func blocksOf(d *device) []byte {
	var b []byte
	for _, keys := range [][]provisioning.Key{d.k.Keys, d.r.Keys, d.p.Keys} {
		for _, k := range keys {
			b = append(append(b, k.Block...), '\n')
		}
	}
	return b
}
