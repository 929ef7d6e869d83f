package provision

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/internal/provision/deviceca"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Make begins a device for a customer in a folder of its own: the supplier keys
// under which the others load theirs, and an identity for each part.
func (m *Manufacturer) Make(dir, terminal, customer string) (Individual, error) {
	if !terminalForm.MatchString(terminal) {
		return Individual{}, errTerminal
	}
	if _, err := os.Stat((&device{dir: dir}).path(deviceFile)); err == nil {
		return Individual{}, errors.New("a device is in this folder already")
	}
	a, err := m.Devices(true)
	if err != nil {
		return Individual{}, err
	}
	d := &device{dir: dir, who: Individual{Terminal: terminal, Customer: customer, Manufacturer: hex.EncodeToString(m.Root())}}
	if err := m.make(d, a); err != nil {
		return Individual{}, err
	}
	subject := fmt.Sprintf("terminal %s for %s, reader %s, PIN pad %s", terminal, customer, d.who.ReaderDevice, d.who.PINPadDevice)
	if err := m.Did("make device", subject, []byte(d.k.DoorsCert+d.k.AttestationCert+d.k.KeyLoading.Cert)); err != nil {
		return Individual{}, err
	}
	return d.who, d.save(Manufactured)
}

func (m *Manufacturer) make(d *device, a *deviceca.Authority) error {
	if err := d.name(); err != nil {
		return err
	}
	if err := m.suppliers(d); err != nil {
		return err
	}
	if err := d.identifySecureWorld(a); err != nil {
		return err
	}
	var err error
	if d.r, err = d.identifyPart(a, deviceca.Reader, readerFolder, d.who.ReaderDevice); err != nil {
		return err
	}
	d.p, err = d.identifyPart(a, deviceca.PINPad, pinpadFolder, d.who.PINPadDevice)
	return err
}

// name draws the parts' ids; the reader's is the id of its initial key too.
func (d *device) name() error {
	reader, err := keyID(readerKeys)
	if err != nil {
		return err
	}
	var pinpad [8]byte
	if _, err := io.ReadFull(rand.Reader, pinpad[:]); err != nil {
		return err
	}
	d.who.ReaderDevice, d.who.PINPadDevice = hexID(reader), hexID(pinpad)
	d.k.ReaderDevice, d.k.PINPadDevice = d.who.ReaderDevice, d.who.PINPadDevice
	d.k.Version, d.k.TerminalID = 1, d.who.Terminal
	return nil
}

func (m *Manufacturer) suppliers(d *device) error {
	keys, err := m.Draw.all(aesSize, "kernel supplier", "reader supplier", "pinpad supplier")
	if err != nil {
		return err
	}
	defer keys.wipe()
	return d.putAll(map[string][]byte{
		kernelSupplier: keys["kernel supplier"], readerSupplier: keys["reader supplier"], pinpadSupplier: keys["pinpad supplier"],
	})
}

// identifySecureWorld gives the kernel its identity towards its devices, the key
// that signs reports, and the key by which it proves that a licence is for it.
func (d *device) identifySecureWorld(a *deviceca.Authority) error {
	doors, err := identify(a, deviceca.SecureWorld, DoorsName)
	if err != nil {
		return err
	}
	attestor, err := identify(a, deviceca.Attestation, d.who.Terminal)
	if err != nil {
		return err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	licence, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	defer clear(licence)
	d.who.LicenceKey = hex.EncodeToString(public)
	receiver, err := identifyRSA(a, deviceca.KeyReceiver, d.who.Terminal)
	if err != nil {
		return err
	}
	defer clear(receiver.der)
	d.k.KeyLoading = &provisioning.KeyLoading{Cert: string(receiver.cert)}
	revoked, err := a.SignList()
	if err != nil {
		return err
	}
	d.k.DeviceRevocations = string(revoked)
	d.k.DeviceCA, d.k.DoorsCert, d.k.AttestationCert = string(a.PEM()), string(doors.cert), string(attestor.cert)
	return d.putAll(map[string][]byte{
		incomingFolder + "/" + provisioning.FileDoorsKey:   doors.der,
		incomingFolder + "/" + provisioning.FileAttestKey:  attestor.der,
		incomingFolder + "/" + provisioning.FileLicenceKey: licence,
		incomingFolder + "/" + provisioning.FileLoadingKey: receiver.der,
	})
}

// identifyPart gives reader or PIN pad its identity. Connect and Page are left to
// where it is set up.
func (d *device) identifyPart(a *deviceca.Authority, p deviceca.Purpose, folder, id string) (provisioning.Device, error) {
	own, err := identify(a, p, id)
	if err != nil {
		return provisioning.Device{}, err
	}
	return provisioning.Device{
			DeviceID: id, ServerName: DoorsName, Cert: "cert.pem", Key: "key.pem", CA: "ca.pem", Supplier: "supplier.key", State: "state",
		}, d.putAll(map[string][]byte{
			folder + "/cert.pem": own.cert, folder + "/key.pem": own.keyPEM(), folder + "/ca.pem": a.PEM(),
		})
}
