package ceremony

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Worlds is the folder with one directory for each world.
const Worlds = "worlds"

// Who the demo's terminal is.
const (
	terminalID = "DEMO0001"
	merchantID = "STRONGROOMDEMO1"
	currency   = "EUR"
	isoEUR     = "978" // ISO 4217, numeric
	country    = 276   // ISO 3166, Germany
)

// layout writes the files. The first error stays.
type layout struct {
	dir string
	err error

	licenceKey string // public half of the kernel's, hexadecimal
}

func (l *layout) put(name string, b []byte) {
	if l.err != nil {
		return
	}
	path := filepath.Join(l.dir, filepath.FromSlash(name))
	if l.err = os.MkdirAll(filepath.Dir(path), 0o700); l.err == nil {
		l.err = os.WriteFile(path, b, 0o600)
	}
}

func (l *layout) putJSON(name string, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("encoding %s: %w", name, err)
	}
	l.put(name, append(b, '\n'))
}

// write lays everything out; the record comes last.
func (l *layout) write(k *keys, now time.Time) (Record, error) {
	root, err := l.writeManufacturer()
	if err != nil {
		return Record{}, err
	}
	devices, err := newAuthority("Strongroom demo device authority", now)
	if err != nil {
		return Record{}, err
	}
	hosts, err := newAuthority("Strongroom demo host authority", now)
	if err != nil {
		return Record{}, err
	}
	for _, step := range []func() error{
		func() error { return l.writeAuthorities(devices, hosts) },
		func() error { return l.writeSecureWorld(k, devices, hosts, now) },
		func() error { return l.writeDevices(k, devices) },
		func() error { return l.writeAcquirer(k, hosts) },
		l.writeSchemes,
	} {
		if err := step(); err != nil {
			return Record{}, err
		}
	}
	r := k.record(now, root)
	r.LicenceKey = l.licenceKey
	l.putJSON(recordFile, r)
	return r, l.err
}

func (k *keys) record(now time.Time, root string) Record {
	return Record{
		Held: now.UTC().Truncate(time.Second), TerminalID: terminalID, MerchantID: merchantID,
		ReaderDevice: hexID(k.readerID), PINPadDevice: hexID(k.pinpadDevice),
		HostKeyID: hexID(k.hostID), PINKeyID: hexID(k.pinID), ManufacturerKey: root,
	}
}

func (l *layout) writeAuthorities(devices, hosts *authority) error {
	for name, a := range map[string]*authority{"device-ca": devices, "host-ca": hosts} {
		der, err := pkcs8(a.key)
		if err != nil {
			return err
		}
		l.put("authorities/"+name+".key", identity{der: der}.keyPEM())
		l.put("authorities/"+name+".pem", a.pem)
	}
	return l.err
}

// writeSecureWorld writes the kernel's configuration and, in "incoming", the
// secrets that it takes over at its first start.
func (l *layout) writeSecureWorld(k *keys, devices, hosts *authority, now time.Time) error {
	doors, err := devices.server(DoorsName)
	if err != nil {
		return err
	}
	host, err := hosts.client(terminalID)
	if err != nil {
		return err
	}
	attestor, err := devices.attestor(terminalID)
	if err != nil {
		return err
	}
	licence, err := l.drawLicenceKey()
	if err != nil {
		return err
	}
	config, err := k.kernel(now)
	if err != nil {
		return err
	}
	config.DeviceCA, config.HostCA = string(devices.pem), string(hosts.pem)
	config.DoorsCert, config.HostCert, config.AttestationCert = string(doors.cert), string(host.cert), string(attestor.cert)
	l.putJSON(Worlds+"/secureworld/kernel.json", config)
	incoming := Worlds + "/secureworld/storage/" + provisioning.Incoming + "/"
	l.put(incoming+provisioning.FileSupplierKey, k.kernelSupplier)
	l.put(incoming+provisioning.FileFirmwareRoot, k.firmwareRoot)
	l.put(incoming+provisioning.FileDoorsKey, doors.der)
	l.put(incoming+provisioning.FileHostKey, host.der)
	l.put(incoming+provisioning.FileAttestKey, attestor.der)
	l.put(incoming+provisioning.FileLicenceKey, licence)
	return l.err
}

// drawLicenceKey draws the key by which this kernel proves that a licence is for
// it; the record keeps its public half, for those who sign licences.
func (l *layout) drawLicenceKey() ([]byte, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("drawing the licence key: %w", err)
	}
	l.licenceKey = hex.EncodeToString(public)
	return x509.MarshalPKCS8PrivateKey(private)
}

func (k *keys) kernel(now time.Time) (provisioning.Kernel, error) {
	blocks, err := k.kernelBlocks()
	if err != nil {
		return provisioning.Kernel{}, err
	}
	pinBlock, err := k.pinKeyBlock()
	return provisioning.Kernel{
		Version: 1, TerminalID: terminalID, MerchantID: merchantID, Currency: currency, Country: country,
		MaxAmount: 1_000_000, TimeZone: now.Format("-07:00"), PINAttempts: 3,
		CardSeconds: 60, PINSeconds: 60, HostSeconds: 10,
		ReaderDevice: hexID(k.readerID), PINPadDevice: hexID(k.pinpadDevice), HostKeyID: hexID(k.hostID), HostName: HostName,
		Keys: blocks, PINPadKeyBlock: pinBlock,
	}, err
}

// writeDevices leaves Connect and Page to the lane, which knows its places.
func (l *layout) writeDevices(k *keys, devices *authority) error {
	readerKeys, err := k.readerBlocks()
	if err != nil {
		return err
	}
	pinpadKeys, err := k.pinpadBlocks()
	if err != nil {
		return err
	}
	reader := provisioning.Device{DeviceID: hexID(k.readerID), Keys: readerKeys}
	pinpad := provisioning.Device{DeviceID: hexID(k.pinpadDevice), Keys: pinpadKeys, AcquirerKBPK: "acquirer.kbpk"}
	l.put(Worlds+"/pinpad/acquirer.kbpk", k.acquirerKBPK)
	if err := l.writeDevice("reader", reader, k.readerSupplier, devices); err != nil {
		return err
	}
	return l.writeDevice("pinpad", pinpad, k.pinpadSupplier, devices)
}

func (l *layout) writeDevice(name string, d provisioning.Device, supplier []byte, devices *authority) error {
	id, err := devices.client(d.DeviceID)
	if err != nil {
		return err
	}
	d.ServerName, d.Cert, d.Key, d.CA = DoorsName, "cert.pem", "key.pem", "ca.pem"
	d.Supplier, d.State = "supplier.key", "state"
	dir := Worlds + "/" + name + "/"
	l.put(dir+d.Cert, id.cert)
	l.put(dir+d.Key, id.keyPEM())
	l.put(dir+d.CA, devices.pem)
	l.put(dir+d.Supplier, supplier)
	l.putJSON(dir+provisioning.FileDevice, d)
	return l.err
}

// writeAcquirer provisions the other company: its host and its secure element.
func (l *layout) writeAcquirer(k *keys, hosts *authority) error {
	server, err := hosts.server(HostName)
	if err != nil {
		return err
	}
	blocks, err := k.elementKeys()
	if err != nil {
		return err
	}
	l.put(Worlds+"/acquirer/cert.pem", server.cert)
	l.put(Worlds+"/acquirer/key.pem", server.keyPEM())
	l.put(Worlds+"/acquirer/ca.pem", hosts.pem)
	l.putJSON(Worlds+"/acquirer/terminals.json", acquirer.Terminals{Terminals: []acquirer.Terminal{{
		TerminalID: terminalID, MerchantID: merchantID, KeyID: hexID(k.hostID), PINKeyID: hexID(k.pinID), Currency: isoEUR,
	}}})
	l.putJSON(Worlds+"/element/keys.json", blocks)
	l.put(Worlds+"/element/kbpk", k.elementKBPK)
	return l.err
}
