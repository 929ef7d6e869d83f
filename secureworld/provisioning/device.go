package provisioning

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Device is the configuration of a reader or of a PIN pad, in its own directory
// (mode 0700) as device.json. Relative paths are below that directory.
type Device struct {
	DeviceID   string `json:"device_id"`   // 16 hex digits; common name of the certificate
	Connect    string `json:"connect"`     // unix:/path or tcp:host:port of the secure world's door
	ServerName string `json:"server_name"` // name in the secure world's certificate
	Cert       string `json:"cert"`        // PEM file
	Key        string `json:"key"`         // PKCS #8 PEM file
	CA         string `json:"ca"`          // PEM file: who certifies the secure world
	Supplier   string `json:"supplier"`    // file of 32 raw bytes: opens Keys, then deleted
	State      string `json:"state"`       // file where the device keeps its own keys
	Keys       []Key  `json:"keys"`

	// PIN pad only: file of 32 raw bytes, the key block protection key that it
	// shares with the acquirer and that the secure world never sees. Taken over
	// and deleted together with Supplier.
	AcquirerKBPK string `json:"acquirer_kbpk,omitempty"`
	// PIN pad only: loopback address of its page, a stand-in for hardware.
	Page string `json:"page,omitempty"`
}

// Names of the devices' keys. A reader has exactly the first two, a PIN pad
// exactly the last three. Usage and modes are those of ANSI X9.143.
const (
	KeyDeviceInitial = "initial" // B1, X, AES-256: DUKPT initial key of the reader; its id, the device's, in IK
	KeyDeviceOrder   = "order"   // M6, C or V, AES-256: CMAC over orders
	KeyDevicePAN     = "pan"     // D0, B or D, AES-256: PIN pad only; opens the PAN for one PIN block
	KeyDeviceKeyed   = "keyed"   // D0, E, AES-256: PIN pad only; seals a card that is keyed in
)

// ErrDevice reports a device.json that is not one.
var ErrDevice = errors.New("provisioning: device configuration refused")

// FileDevice is the name of a device's configuration in its directory.
const FileDevice = "device.json"

// ParseDevice reads a device's configuration. Unknown names, anything behind the
// object and missing fields are refused, so that a slip in a file is found at
// the start and not at the first card.
func ParseDevice(b []byte) (Device, error) {
	var d Device
	if len(b) > MaxFile {
		return Device{}, ErrDevice
	}
	r := json.NewDecoder(bytes.NewReader(b))
	r.DisallowUnknownFields()
	if r.Decode(&d) != nil || !d.complete() {
		return Device{}, ErrDevice
	}
	if _, err := r.Token(); err != io.EOF {
		return Device{}, ErrDevice
	}
	return d, nil
}

func (d Device) complete() bool {
	for _, s := range []string{d.DeviceID, d.Connect, d.ServerName, d.Cert, d.Key, d.CA, d.Supplier, d.State} {
		if s == "" {
			return false
		}
	}
	return len(d.Keys) > 0 && len(d.Keys) <= MaxKeys
}
